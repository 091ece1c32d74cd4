// `ttl: 30` is 30 ms here and 30 s in most other programs.
import type { IssueList } from './issue-list.ts'
import type { Path } from './source.ts'

/** Settings that nobody wants below a second: a bare number there was meant as seconds. */
const SERVER: readonly Path[] = [
  ['server', 'timeouts', 'request'],
  ['server', 'timeouts', 'headers'],
  ['server', 'timeouts', 'keepAlive'],
  ['server', 'shutdown', 'drain'],
]
const TUNING: readonly Path[] = [
  ['pool', 'keepAlive'],
  ['timeouts', 'idle'],
  ['timeouts', 'total'],
  ['breaker', 'rollingWindow'],
  ['breaker', 'resetTimeout'],
]

/** Adds a warning for each bare number from 1 to 999 in a setting that is at least a second by nature. */
export function checkBareDurations(input: Readonly<Record<string, unknown>>, warnings: IssueList): void {
  const { upstreams, routes } = input
  const paths: Path[] = [...SERVER, ...TUNING.map((path) => ['defaults', ...path])]
  for (const name of isMapping(upstreams) ? Object.keys(upstreams) : []) {
    paths.push(...TUNING.map((path) => ['upstreams', name, ...path]))
  }
  for (const index of Array.isArray(routes) ? routes.keys() : []) {
    paths.push(['routes', index, 'cache', 'ttl'], ['routes', index, 'websocket', 'idle'])
  }
  for (const path of paths) {
    const value = at(input, path)
    if (!/^\d{1,3}$/.test(String(value)) || Number(value) === 0) continue
    const hidden = warnings.source.written?.(path)
    warnings.add(path, {
      message: `${hidden ?? String(value)} is in milliseconds: a number without a unit always is`,
      fix:
        hidden === undefined ? `write ${value}s, or ${value}ms if that is meant` : 'give the value a unit, such as 30s',
    })
  }
}

function at(input: unknown, path: Path): unknown {
  let value = input
  for (const step of path) value = isMapping(value) || Array.isArray(value) ? Reflect.get(value, step) : undefined
  return value
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
