// Hono's default: one regular expression per method. It returns positions in a regular expression's result; a handler
// reads the values by name, which is done here as Hono's request does it.
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { namesOf, type PreparedRouter, type RouteSpec } from './design.ts'

/** `:rest{.+}` is the wildcard with a value. */
export function honoPath(path: string): string {
  return path.endsWith('*') ? `${path.slice(0, -1)}:rest{.+}` : path
}

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const router = new RegExpRouter<number>()
  for (const [index, { method, path }] of routes.entries()) router.add(method, honoPath(path), index)
  const names = routes.map(({ path }) => namesOf(path).map((name) => (name === '*' ? 'rest' : name)))
  return {
    find(method, path) {
      const [handlers, stash = []] = router.match(method, path)
      const first = handlers[0]
      if (first === undefined) return -1
      let sum = first[0]
      const own = names[first[0]] as string[]
      for (let i = 0; i < own.length; i++) {
        const position = first[1][own[i] as string] as number
        sum += (stash[position] as string).length
      }
      return sum
    },
    answer(method, path) {
      const [handlers, stash] = router.match(method, path)
      const first = handlers[0]
      if (first === undefined) return null
      const params: Record<string, string> = {}
      for (const [name, position] of Object.entries(first[1])) {
        params[name === 'rest' ? '*' : name] = stash?.[position as number] ?? ''
      }
      return { route: first[0], params }
    },
  }
}
