// What both ways of using rou3 share: its notation and what it returns. Values are not decoded.
import { namesOf, type PreparedRouter, type RouteSpec, valueLength } from './design.ts'

export interface Rou3Match {
  readonly data: number
  readonly params?: Record<string, string>
}

/** `**:rest` is the wildcard with a name. */
export function rou3Path(path: string): string {
  return path.endsWith('*') ? `${path.slice(0, -1)}**:rest` : path
}

export function rou3Router(
  routes: readonly RouteSpec[],
  find: (method: string, path: string) => Rou3Match | undefined,
): PreparedRouter {
  const names = routes.map(({ path }) => namesOf(path).map((name) => (name === '*' ? 'rest' : name)))
  return {
    find(method, path) {
      const found = find(method, path)
      if (found === undefined) return -1
      const { data, params } = found
      return params === undefined ? data : data + valueLength(params, names[data] as string[])
    },
    answer(method, path) {
      const found = find(method, path)
      if (found === undefined) return null
      const params = Object.entries(found.params ?? {}).map(([name, value]) => [name === 'rest' ? '*' : name, value])
      return { route: found.data, params: Object.fromEntries(params) as Record<string, string> }
    },
  }
}
