// Rules between values: names that must exist, ports that must differ, things that cannot work together.
import { Router, RouterError } from '@breakwater/router'
import type { ListenAddress } from './config.ts'
import type { ConfigDraft, RouteDraft, TuningDraft, UpstreamDraft } from './draft.ts'
import { show } from './explain.ts'
import type { IssueList } from './issue-list.ts'
import { resolveHealth, resolveListeners, resolveServer, targetId } from './resolve.ts'
import type { Path } from './source.ts'
import { suggest } from './suggest.ts'

/**
 * What is known of a configuration when some of it may be invalid: undefined stands for a part that has problems of
 * its own. Names are known even of parts that are not.
 */
export interface PartialDraft {
  readonly server: ConfigDraft['server']
  readonly admin: ConfigDraft['admin']
  readonly defaults: ConfigDraft['defaults']
  readonly upstreams: ReadonlyMap<string, UpstreamDraft | undefined>
  readonly routes: readonly { readonly upstream: unknown; readonly draft: RouteDraft | undefined }[]
}

/** Adds what cannot work to `errors`, and what is probably not meant to `warnings`. */
export function checkMeaning(draft: PartialDraft, errors: IssueList, warnings: IssueList): void {
  checkListeners(draft, errors)
  checkTimeouts(draft, errors)
  if (draft.defaults !== undefined) checkHealth(['defaults'], draft.defaults, {}, errors)
  if (draft.upstreams.size === 0) {
    errors.add(['upstreams'], {
      message: 'expected at least one upstream, found none',
      fix: 'add upstreams: { api: { targets: ["http://127.0.0.1:3000"] } }',
    })
  }
  for (const [name, upstream] of draft.upstreams) {
    if (upstream === undefined) continue
    checkTargets(['upstreams', name], upstream, errors, warnings)
    checkHealth(['upstreams', name], upstream, draft.defaults ?? {}, errors)
  }
  checkRoutes(draft, errors, warnings)
}

function checkListeners({ server, admin }: PartialDraft, errors: IssueList): void {
  if (admin === false) return
  const operator = admin?.listen ?? { host: '127.0.0.1', port: 9901 }
  if (!isLoopback(operator.host)) {
    errors.add(['admin', 'listen'], {
      message: 'the admin listener has no password in this version and must stay on loopback',
      fix: `write listen: "127.0.0.1:${operator.port}" and reach it through a tunnel or a sidecar`,
    })
  }
  checkTwice(server, errors)
  const open = resolveListeners(server?.listen).find((each) => sameEndpoint(each, operator))
  if (open === undefined) return
  const path: Path = admin?.listen === undefined ? ['server', 'listen'] : ['admin', 'listen']
  errors.add(path, {
    message: `the public listener and the admin listener cannot share port ${errors.source.written?.(path) ?? open.port}`,
    fix: `give one of them another port, for example admin: { listen: ${open.port === 9901 ? 9902 : 9901} }`,
  })
}

/** Two public addresses that are one. */
function checkTwice(server: ConfigDraft['server'], errors: IssueList): void {
  const seen: ListenAddress[] = []
  for (const [index, { address }] of (server?.listen ?? []).entries()) {
    const earlier = seen.findIndex((each) =>
      address.path === undefined ? sameEndpoint(each, address) : 'path' in each && each.path === address.path,
    )
    seen.push(address)
    if (earlier === -1) continue
    errors.add(['server', 'listen', index], {
      message: `this address and listen[${earlier}] cannot both be opened`,
      fix: 'remove one of them, or give it another port',
    })
  }
}

/** True if both addresses cannot be bound at once. Port 0 takes a free port. */
export function sameEndpoint(open: ListenAddress, operator: ListenAddress): boolean {
  if (open.port === 0 || open.port !== operator.port || 'path' in open) return false
  const isEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::'
  const both = [open.host, operator.host]
  return open.host === operator.host || both.some(isEverywhere) || both.every(isLoopback)
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** node:http refuses to start with these two the wrong way round. */
function checkTimeouts({ server }: PartialDraft, errors: IssueList): void {
  if (server?.timeouts?.headers === undefined) return
  const { requestMs, headersMs } = resolveServer(server, {}).timeouts
  if (requestMs === 0 || headersMs <= requestMs) return
  errors.add(['server', 'timeouts', 'headers'], {
    message: `the time for the head of a request (${headersMs} ms) is longer than that for the whole of it (${requestMs} ms)`,
    fix: 'make timeouts.headers at most timeouts.request',
  })
}

function checkHealth(path: Path, own: TuningDraft, defaults: TuningDraft, errors: IssueList): void {
  if (own.health === undefined || own.health === false) return
  const health = resolveHealth(own, defaults)
  if (health === null || health.timeoutMs <= health.intervalMs) return
  const key = own.health.timeout === undefined ? 'interval' : 'timeout'
  errors.add([...path, 'health', key], {
    message: `a health check may take ${health.timeoutMs} ms but the next one comes after ${health.intervalMs} ms`,
    fix: 'make health.timeout at most health.interval',
  })
}

function checkTargets(path: Path, upstream: UpstreamDraft, errors: IssueList, warnings: IssueList): void {
  const seen = new Map<string, number>()
  for (const [index, target] of upstream.targets.entries()) {
    const id = target.id ?? targetId(target.url)
    const first = seen.get(id)
    seen.set(id, first ?? index)
    if (first === undefined) continue
    errors.add([...path, 'targets', index], {
      message: `the same target as targets[${first}]: ids must be unique, and without "id" it is host:port`,
      fix: 'remove it, raise the weight of the first, or give it an id of its own',
    })
  }
  if (upstream.targets.every((target) => target.weight === 0)) {
    errors.add([...path, 'targets'], {
      message: 'every target has weight 0: none would get a request',
      fix: 'give at least one a weight above 0',
    })
  }
  const strategy = upstream.strategy
  if (strategy === undefined || strategy === 'weighted') return
  if (upstream.targets.every(({ weight = 1 }) => weight === 1 || weight === 0)) return
  warnings.add([...path, 'strategy'], {
    message: `weights have no effect under strategy ${strategy} (but 0, which takes a target out)`,
    fix: 'write strategy: weighted, or remove the weights',
  })
}

function checkRoutes({ server, upstreams, routes }: PartialDraft, errors: IssueList, warnings: IssueList): void {
  const names = [...upstreams.keys()]
  const used = new Set<unknown>()
  const router = new Router<number>()
  for (const [index, { upstream, draft }] of routes.entries()) {
    used.add(upstream)
    if (typeof upstream === 'string' && upstream !== '' && !upstreams.has(upstream)) {
      checkName(['routes', index, 'upstream'], upstream, names, errors)
    }
    if (draft === undefined) continue
    checkRegistration(index, draft, router, errors)
    checkStripPrefix(index, draft, errors)
    checkWebsocket(index, draft, errors)
  }
  for (const name of names.filter((name) => routes.length > 0 && !used.has(name))) {
    warnings.add(['upstreams', name], { message: `no route uses the upstream "${name}"`, part: 'key' })
  }
  if (server?.probes === false) return
  const prefix = server?.probes?.prefix ?? ''
  for (const [index, { draft }] of routes.entries()) {
    if (draft?.path !== `${prefix}/livez` && draft?.path !== `${prefix}/readyz`) continue
    warnings.add(['routes', index, 'path'], {
      message: `${draft.path} is answered by the gateway itself`,
      fix: 'write server: { probes: { prefix: /internal } }, or probes: false',
    })
  }
}

function checkWebsocket(index: number, { methods, websocket }: RouteDraft, errors: IssueList): void {
  if (websocket === undefined || websocket === false || methods === undefined || methods.includes('GET')) return
  errors.add(['routes', index, 'websocket'], {
    message: 'a WebSocket begins with a GET, and this route does not take it',
    fix: 'add GET to methods, or remove websocket',
  })
}

function checkName(path: Path, name: string, names: readonly string[], errors: IssueList): void {
  const written = errors.source.written?.(path)
  const suggestion = written === undefined ? suggest(name, names) : undefined
  const defined = names.length === 0 ? 'none is defined' : `defined: ${names.slice(0, 12).join(', ')}`
  errors.add(path, {
    message: `${written ?? show(name)} is not the name of an upstream (${defined})`,
    suggestion,
    fix: suggestion === undefined ? 'write one of these names, or define the upstream' : `write ${suggestion}`,
  })
}

/** The router itself says what it cannot match and what matches the same paths. */
function checkRegistration(index: number, route: RouteDraft, router: Router<number>, errors: IssueList): void {
  for (const method of route.methods === undefined ? ['*'] : new Set(route.methods)) {
    try {
      router.register(method, route.path, index)
    } catch (error) {
      if (!(error instanceof RouterError)) throw error
      const path: Path = ['routes', index, 'path']
      const earlier = router.getRoutes().find((known) => known.path === error.conflictsWith && known.method === method)
      if (error.code === 'ERR_ROUTE_CONFLICT' && earlier !== undefined) {
        errors.add(path, {
          message: `routes[${earlier.handler}] matches the same requests${method === '*' ? '' : ` (${method})`}: this route would never be used`,
          fix: 'remove one of the two, or give them different methods',
        })
      } else {
        const written = errors.source.written?.(path)
        errors.add(path, {
          message: written === undefined ? error.message : `${written} does not become a route path`,
          fix: 'write a path such as /users/:id or /api/*',
        })
      }
      return
    }
  }
}

function checkStripPrefix(index: number, { path, stripPrefix }: RouteDraft, errors: IssueList): void {
  if (stripPrefix === undefined || stripPrefix === '') return
  const where: Path = ['routes', index, 'stripPrefix']
  const isHidden = errors.source.written?.(['routes', index, 'path']) !== undefined
  const literal = (path.split(/\/?[:*]/, 1)[0] ?? '').replace(/\/$/, '')
  if (!stripPrefix.startsWith('/') || stripPrefix.endsWith('/')) {
    errors.add(where, {
      message: 'a prefix begins with "/" and does not end with it',
      fix: literal === '' ? 'remove it' : `write ${isHidden ? 'the beginning of the path' : literal}`,
    })
  } else if (literal !== stripPrefix && !literal.startsWith(`${stripPrefix}/`)) {
    const shown = errors.source.written?.(where) ?? show(stripPrefix)
    errors.add(where, {
      message: `${shown} is not the beginning of this route's path, so it could never be removed`,
      fix:
        literal === ''
          ? 'remove it'
          : `write ${isHidden ? 'the beginning of the path' : literal}, or less of it up to a "/"`,
    })
  }
}
