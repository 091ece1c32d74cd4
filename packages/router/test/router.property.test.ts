import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Router, RouterError } from '../src/index.ts'
import {
  type NaiveRoute,
  naiveMatch,
  namedConstraints,
  type Piece,
  render,
  type Segment,
  shape,
} from './naive-matcher.ts'

// Few letters and short texts: routes and paths meet often, in every combination.
const unit = fc.constantFrom('a', 'b', '-', '.', ':')
const text = fc.string({ unit, minLength: 1, maxLength: 3 })
/** A letter behind a value would belong to its name. */
const textAfterValue = fc
  .tuple(fc.constantFrom('-', '-', '.', ':', '%41'), fc.constantFrom('', '', '-', 'a', '.'))
  .map((parts) => parts.join(''))

/** A value, with the constraint it must meet. */
interface Value {
  readonly constraint: string | undefined
}
type Pieces = (string | Value)[]

const constraint = fc.constantFrom('([ab]+)', '(a|-a)', '([^/]{1,2})', '<short>', '<no-dash>')
const value = fc.option(constraint, { freq: 1, nil: undefined }).map((text): Value => ({ constraint: text }))
const values = fc.tuple(fc.boolean(), fc.tuple(value, value, value)).map(([none, list]) => {
  return none ? list.map((): Value => ({ constraint: undefined })) : list
})

const names = ['id', 'a', 'b', '__proto__', 'constructor', 'x1', '_', 'toString']

/** Text and values in turn, beginning with either. */
const segment = fc
  .tuple(
    fc.option(text),
    fc.array(textAfterValue, { maxLength: 2 }),
    fc.constantFrom('text only', 'text', 'value'),
    values,
  )
  .map(([first, rest, end, list]): Pieces => {
    const prefix = first === null ? [] : [first]
    if (end === 'text only') return first === null ? ['a'] : prefix
    const middle = rest.flatMap((word, i): Pieces => [list[i] as Value, word])
    return [...prefix, ...middle, ...(end === 'value' || middle.length === 0 ? [list[2] as Value] : [])]
  })
  .filter((pieces) => !['.', '..'].includes(pieces.join('')))

/** Routes made of a few segments meet at every node of the tree. */
const structureOf = (pool: readonly Pieces[]) =>
  fc
    .record({
      method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD', '*', 'BREW'),
      segments: fc.array(fc.constantFrom(...pool), { maxLength: 3, size: 'max' }),
      wildcard: fc.boolean(),
      priority: fc.constantFrom(0, 0, 0, 1, -1, 0.5),
    })
    .map(({ segments, ...rest }) => {
      let used = 0
      const named = segments.map(
        (pieces): Segment =>
          pieces.map((word): Piece => {
            if (typeof word === 'string') return { text: word }
            const name = names[used++ % names.length] as string
            return word.constraint === undefined ? { name } : { name, constraint: word.constraint }
          }),
      )
      // The empty list of segments is "/", which is one empty segment unless "/*" is meant.
      const filled = named.length === 0 && !rest.wildcard ? [[]] : named
      return { ...rest, segments: filled, values: used }
    })
    .filter((route) => route.values <= names.length)

const pathText = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', ':', '%41', '%', '%2F'), maxLength: 5 })
const randomPath = fc.array(pathText, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`)
const requestMethod = fc.constantFrom('GET', 'HEAD', 'POST', 'BREW', 'PUT')

/** Routes without two that differ in names only, as the router demands. */
const routeSet = fc
  .array(segment, { minLength: 2, maxLength: 6, size: 'max' })
  .chain((pool) => fc.array(structureOf(pool), { maxLength: 14, size: 'max' }))
  .map((list) => {
    const seen = new Set<string>()
    const routes: NaiveRoute[] = []
    for (const route of list) {
      const withId = { ...route, id: routes.length }
      const key = JSON.stringify([route.method, route.priority, shape(withId)])
      if (seen.has(key)) continue
      seen.add(key)
      routes.push(withId)
    }
    return routes
  })

/** A path that one of the routes may match: its text, with something in the place of each value. */
function pathLike(route: NaiveRoute | undefined, fill: readonly string[], tail: string): string {
  let next = 0
  const value = (): string => fill[next++ % fill.length] || 'a'
  const body = (route?.segments ?? []).map((pieces) =>
    pieces.map((piece) => ('text' in piece ? piece.text : value())).join(''),
  )
  return `/${body.join('/')}${route?.wildcard ? tail : ''}`
}

const request = fc.record({
  method: requestMethod,
  random: fc.option(randomPath, { freq: 1 }),
  of: fc.nat(13),
  fill: fc.array(pathText, { minLength: 1, maxLength: 4 }),
  tail: fc.constantFrom('', '/', '/a', '/a/b', '//', '/-'),
})

function build(routes: readonly NaiveRoute[]): Router<number> {
  const router = new Router<number>({ constraints: namedConstraints })
  for (const route of routes) router.register(route.method, render(route), route.id, route.priority)
  return router
}

describe('router against trying every route', () => {
  test('the same route and the same values', () => {
    let hits = 0
    fc.assert(
      fc.property(routeSet, fc.array(request, { minLength: 10, maxLength: 20 }), (routes, requests) => {
        const router = build(routes)
        for (const { method, random, of, fill, tail } of requests) {
          const path = random ?? pathLike(routes[of % Math.max(1, routes.length)], fill, tail)
          const expected = naiveMatch(routes, method, path)
          const actual = router.match(method, path)
          expect(actual === null ? null : { id: actual.handler, values: Object.values(actual.params) }, path).toEqual(
            expected,
          )
          if (actual === null) continue
          hits++
          expect(Object.keys(actual.params)).toEqual(actual.route.paramNames)
          expect(actual.route.path).toBe(render(routes[actual.handler] as NaiveRoute))
        }
      }),
      { numRuns: 600 },
    )
    // The generator would be worthless if routes and paths seldom met.
    expect(hits).toBeGreaterThan(3000)
  })

  test('one segment that many patterns cut differently', () => {
    const separator = fc.constantFrom('-', '.', '--', '-.', '.-')
    const cuts = fc.tuple(fc.array(separator, { minLength: 1, maxLength: 3 }), fc.boolean())
    const unlike = fc.uniqueArray(cuts, {
      minLength: 2,
      maxLength: 8,
      size: 'max',
      selector: (cut) => JSON.stringify(cut),
    })
    const segmentText = fc.string({ unit: fc.constantFrom('a', '-', '.'), minLength: 1, maxLength: 10 })
    let contested = 0
    fc.assert(
      fc.property(unlike, fc.array(segmentText, { minLength: 20, maxLength: 20 }), (shapes, values) => {
        const routes = shapes.map(([literals, open], id): NaiveRoute => {
          const pieces = literals.flatMap((text, i): Piece[] => [{ name: `v${i}` }, { text }])
          const last = open ? [{ name: 'last' }] : []
          return { method: 'GET', segments: [[...pieces, ...last]], wildcard: false, priority: 0, id }
        })
        const router = build(routes)
        for (const text of values) {
          const actual = router.match('GET', `/${text}`)
          const expected = naiveMatch(routes, 'GET', `/${text}`)
          expect(actual && { id: actual.handler, values: Object.values(actual.params) }, text).toEqual(expected)
          if (routes.filter((route) => naiveMatch([route], 'GET', `/${text}`) !== null).length > 1) contested++
        }
      }),
      { numRuns: 200 },
    )
    expect(contested).toBeGreaterThan(200)
  })

  test('the order of registration does not matter', () => {
    const shuffled = routeSet.chain((routes) =>
      fc.tuple(fc.constant(routes), fc.shuffledSubarray(routes, { minLength: routes.length })),
    )
    fc.assert(
      fc.property(shuffled, fc.array(request, { minLength: 1, maxLength: 10 }), ([routes, other], requests) => {
        const [one, two] = [build(routes), build(other)]
        for (const { method, random, of, fill, tail } of requests) {
          const path = random ?? pathLike(routes[of % Math.max(1, routes.length)], fill, tail)
          expect(two.match(method, path)?.handler).toBe(one.match(method, path)?.handler)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('allowedMethods is what match answers', () => {
    fc.assert(
      fc.property(routeSet, randomPath, fc.nat(13), (routes, random, of) => {
        const router = build(routes)
        for (const path of [random, pathLike(routes[of % Math.max(1, routes.length)], ['a'], '/a')]) {
          const allowed = router.allowedMethods(path)
          for (const method of ['GET', 'HEAD', 'POST', 'BREW', 'PUT']) {
            const answered = naiveMatch(routes, method, path) !== null
            expect(allowed.includes(method) || allowed.includes('*')).toBe(answered)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('every equivalent pattern is refused, whatever its names', () => {
    fc.assert(
      fc.property(routeSet, fc.nat(13), (routes, of) => {
        const route = routes[of % Math.max(1, routes.length)]
        if (route === undefined) return
        const router = build(routes)
        const renamed = render({
          ...route,
          segments: route.segments.map((pieces, i) =>
            pieces.map((piece, j) => ('text' in piece ? piece : { ...piece, name: `n${i}_${j}` })),
          ),
        })
        expect(() => router.register(route.method, renamed, -1, route.priority)).toThrow(RouterError)
        expect(router.getRoutes()).toHaveLength(routes.length)
      }),
      { numRuns: 200 },
    )
  })

  test('ignored slashes: the answer for the path without them', () => {
    const slashes = fc.tuple(fc.boolean(), fc.boolean())
    fc.assert(
      fc.property(routeSet, slashes, fc.array(request, { minLength: 1, maxLength: 10 }), (routes, ignore, requests) => {
        const [ignoreTrailingSlash, ignoreDuplicateSlashes] = ignore
        const strict = build(routes)
        const loose = new Router<number>({ ignoreTrailingSlash, ignoreDuplicateSlashes, constraints: namedConstraints })
        for (const route of routes) loose.register(route.method, render(route), route.id, route.priority)
        for (const { method, random, of, fill, tail } of requests) {
          const path = random ?? pathLike(routes[of % Math.max(1, routes.length)], fill, tail)
          const merged = ignoreDuplicateSlashes ? path.replace(/\/{2,}/g, '/') : path
          const hasTail = ignoreTrailingSlash && merged.length > 1 && merged.endsWith('/')
          const trimmed = hasTail ? merged.slice(0, -1) : merged
          const expected = strict.match(method, trimmed)
          const actual = loose.match(method, path)
          expect(actual?.handler, path).toBe(expected?.handler)
          const rest = expected?.params['*']
          // A wildcard sees the last slash, unless it is the wildcard's own.
          const isSeen = hasTail && (rest !== '' || trimmed.endsWith('/'))
          const kept = rest !== undefined && isSeen ? { '*': `${rest}/` } : {}
          expect({ ...actual?.params }, path).toEqual({ ...expected?.params, ...kept })
        }
      }),
      { numRuns: 300 },
    )
  })
})
