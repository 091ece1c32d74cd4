// One table of answers, held against every router that claims to do this. What a router does otherwise is named here: a
// difference that is not in the list fails, and so does one that is in the list and does not show.

import { Router } from '@breakwater/router'
import findMyWay, { type HTTPMethod } from 'find-my-way'
import { addRoute, createRouter, findRoute } from 'rou3'
import { describe, expect, test } from 'vitest'
import { knownDifferences } from './known-differences.ts'
import { LegacyRouter } from './legacy.ts'

interface Contender {
  register(method: string, path: string, handler: string, priority?: number): void
  match(
    method: string,
    path: string,
  ): { readonly handler: string; readonly params: Readonly<Record<string, string>> } | null
}

interface ConformanceCase {
  readonly name: string
  readonly routes: readonly (readonly [method: string, path: string, handler?: string, priority?: number])[]
  readonly requests: readonly (readonly [
    method: string,
    path: string,
    handler: string | null,
    params?: Readonly<Record<string, string>>,
  ])[]
}

// By URL: one project's output cannot import another's source, and this file has no output.
const table = new URL('../../../packages/router/test/conformance.ts', import.meta.url).href
const { conformance }: { readonly conformance: readonly ConformanceCase[] } = await import(table)

class FindMyWayContender implements Contender {
  readonly #router = findMyWay()

  register(method: string, path: string, handler: string): void {
    this.#router.on(method as HTTPMethod, path, () => undefined, { handler })
  }

  match(method: string, path: string): ReturnType<Contender['match']> {
    const found = this.#router.find(method as HTTPMethod, path)
    if (found === null) return null
    const { handler } = found.store as { readonly handler: string }
    return { handler, params: found.params as Record<string, string> }
  }
}

/** `*` at the end is `**:rest` there, and `*` as a method is the empty string. */
class Rou3Contender implements Contender {
  readonly #router = createRouter<string>()

  register(method: string, path: string, handler: string): void {
    addRoute(
      this.#router,
      method === '*' ? '' : method,
      path.endsWith('*') ? `${path.slice(0, -1)}**:rest` : path,
      handler,
    )
  }

  match(method: string, path: string): ReturnType<Contender['match']> {
    const found = findRoute(this.#router, method, path)
    if (found === undefined) return null
    const params = Object.entries(found.params ?? {}).map(([name, value]) => [name === 'rest' ? '*' : name, value])
    return { handler: found.data, params: Object.fromEntries(params) as Record<string, string> }
  }
}

type Answer = readonly [handler: string, params: Readonly<Record<string, string>>] | null | 'throws'

/** Requests that are answered otherwise, as `method path`; a case that throws while it registers is `registration`. */
function differences(create: () => Contender): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const { name, routes, requests } of conformance) {
    const wrong: string[] = []
    const router = create()
    try {
      for (const [method, path, handler = path, priority] of routes) router.register(method, path, handler, priority)
    } catch {
      found[name] = ['registration']
      continue
    }
    for (const [method, path, handler, params] of requests) {
      let answer: Answer
      try {
        const match = router.match(method, path)
        answer = match && [match.handler, { ...match.params }]
      } catch {
        answer = 'throws'
      }
      const expected: Answer = handler === null ? null : [handler, params ?? {}]
      try {
        expect(answer).toEqual(expected)
      } catch {
        wrong.push(`${method} ${path}`)
      }
    }
    if (wrong.length > 0) found[name] = wrong
  }
  return found
}

const contenders: Readonly<Record<string, () => Contender>> = {
  legacy: () => new LegacyRouter<string>(),
  'find-my-way': () => new FindMyWayContender(),
  rou3: () => new Rou3Contender(),
}

describe('conformance', () => {
  test('ours: no difference', () => {
    expect(differences(() => new Router<string>())).toEqual({})
  })

  test.each(Object.entries(contenders))('%s: the differences that are named, no others', (name, create) => {
    const known = Object.entries(knownDifferences[name] ?? {}).map(([title, { requests }]) => [title, requests])
    expect(differences(create)).toEqual(Object.fromEntries(known))
  })
})
