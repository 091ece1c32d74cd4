import type { SyncCase } from '../../runner/suite.ts'
import type { RouterDesign } from './design.ts'
import { KINDS, type Kind, type Request, requests, routes, wire } from './routes.ts'

type RouterCase = SyncCase<RouterDesign, Request>

const TITLES: Readonly<Record<Kind, string>> = {
  static: 'path without values',
  'one-param': 'one value',
  'two-params': 'two values',
  wildcard: 'the rest of the path as value',
  miss: 'no route: unknown beginning, unknown middle, too long, other method',
}

function routerCase(kind: Kind, count: number, fresh: boolean): RouterCase {
  const specs = routes(count)
  return {
    kind: 'sync',
    name: `${fresh ? 'fresh' : 'repeated'}-${kind}-${count}`,
    title: `${TITLES[kind]}; ${count.toLocaleString('en-US')} routes, ${
      fresh ? 'path cut from a buffer for each call' : 'the same 1,021 strings again and again'
    }`,
    // What is allocated depends on neither the number of routes nor, but for the path itself, on where the path is from.
    measures: fresh && count === 100 ? ['nanoseconds', 'bytes'] : ['nanoseconds'],
    inputs: () => requests(specs, kind),
    answer: (design, inputs) => {
      const router = design.prepare(specs)
      return inputs.map(({ method, path }) => router.answer(method, path))
    },
    ...(kind === 'miss'
      ? {}
      : {
          differs: {
            'no-router': 'the floor: finds nothing',
            ...(kind === 'wildcard' ? { legacy: KEEPS_NO_REST } : {}),
          },
        }),
    ...(kind === 'static' ? {} : { skip: { 'map-only': 'a Map finds static paths only' } }),
    prepare: (design, inputs) => {
      const { find } = design.prepare(specs)
      if (!fresh) return ({ method, path }) => find(method, path)
      const bytes = wire(inputs)
      return ({ method, start, end }) => find(method, bytes.toString('latin1', start, end))
    },
  }
}

const KEEPS_NO_REST = 'does not capture the value of a wildcard'

/** Fresh paths first: they are what a server sees. */
export const cases: readonly RouterCase[] = [true, false].flatMap((fresh) =>
  [100, 1_000].flatMap((count) => KINDS.map((kind) => routerCase(kind, count, fresh))),
)
