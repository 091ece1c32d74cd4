// Hono's fallback for routes that its regular expression cannot hold: a trie of segments.
import { TrieRouter } from 'hono/router/trie-router'
import { namesOf, type PreparedRouter, type RouteSpec, valueLength } from './design.ts'

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const router = new TrieRouter<number>()
  for (const [index, { method, path }] of routes.entries()) {
    router.add(method, path.endsWith('*') ? `${path.slice(0, -1)}:rest{.+}` : path, index)
  }
  const names = routes.map(({ path }) => namesOf(path).map((name) => (name === '*' ? 'rest' : name)))
  return {
    find(method, path) {
      const first = router.match(method, path)[0][0]
      if (first === undefined) return -1
      return first[0] + valueLength(first[1] as Record<string, string>, names[first[0]] as string[])
    },
    answer(method, path) {
      const first = router.match(method, path)[0][0]
      if (first === undefined) return null
      const params = Object.entries(first[1]).map(([name, value]) => [name === 'rest' ? '*' : name, value])
      return { route: first[0], params: Object.fromEntries(params) as Record<string, string> }
    },
  }
}
