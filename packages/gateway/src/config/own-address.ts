// A gateway that forwards to itself: one request takes every connection it has, and ends with a time-out.
import type { PartialDraft } from './checks.ts'
import { isLoopback } from './checks.ts'
import type { ListenerConfig } from './config.ts'
import type { IssueList } from './issue-list.ts'
import { resolveListeners } from './resolve.ts'

/** What replaces the configured addresses. */
export interface ListenOverrides {
  readonly port?: number | undefined
  readonly host?: string | undefined
  readonly adminPort?: number | undefined
}

/** Adds an error for each target that is the public or the admin listener of this gateway. */
export function checkOwnAddresses(
  { server, admin, upstreams }: PartialDraft,
  ports: ListenOverrides,
  errors: IssueList,
): void {
  const [open, ...also] = resolveListeners(server?.listen)
  const operator = (admin === false ? undefined : admin?.listen) ?? { host: '127.0.0.1', port: 9901 }
  const listeners: [string, ListenerConfig][] = [
    ['public', { ...open, host: ports.host ?? open.host, port: ports.port ?? open.port }],
    ...also.map((each): [string, ListenerConfig] => ['public', each]),
  ]
  if (admin !== false) listeners.push(['admin', { host: operator.host, port: ports.adminPort ?? operator.port }])
  for (const [name, upstream] of upstreams) {
    for (const [index, { url }] of (upstream?.targets ?? []).entries()) {
      const own = listeners.find(([, address]) => reaches(url, address))
      if (own === undefined) continue
      errors.add(['upstreams', name, 'targets', index], {
        message: `this target is the ${own[0]} listener of the gateway itself (${own[1].path ?? `port ${own[1].port}`})`,
        fix: 'write the address of the service, or let the gateway listen on another port',
      })
    }
  }
}

/** True if a connection to `url` ends at a listener of this machine. Names other than localhost are not looked up. */
export function reaches(url: string, { host, port, path }: ListenerConfig): boolean {
  if (url.startsWith('unix:')) return url === `unix:${path}`
  const { hostname, protocol, port: written } = new URL(url)
  if (port === 0 || port !== Number(written || (protocol === 'https:' ? 443 : 80))) return false
  const target = hostname.replace(/^\[(.*)\]$/, '$1')
  if (target === host.toLowerCase()) return true
  // To connect to "every address" is to connect to this machine.
  const isHere = isLoopback(target) || target === '0.0.0.0' || target === '::'
  if (!isHere) return false
  if (host === '0.0.0.0') return target !== '::1'
  if (host === '::') return true
  return isLoopback(host) && (host === 'localhost' || ['localhost', '0.0.0.0', '::'].includes(target))
}
