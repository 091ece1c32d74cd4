import { describe, expect, test } from 'vitest'
import { Router } from '../src/index.ts'
import { conformance } from './conformance.ts'

describe.each([
  ['in the order given', <T>(routes: readonly T[]): T[] => [...routes]],
  ['in reverse', <T>(routes: readonly T[]): T[] => [...routes].reverse()],
])('conformance, routes registered %s', (_, order) => {
  test.each(conformance)('$name', ({ routes, requests }) => {
    const router = new Router<string>()
    for (const [method, path, handler = path, priority] of order(routes)) {
      router.register(method, path, handler, priority)
    }
    for (const [method, path, handler, params] of requests) {
      const found = router.match(method, path)
      expect(found && [method, path, found.handler, Object.entries(found.params)]).toEqual(
        handler === null ? null : [method, path, handler, Object.entries(params ?? {})],
      )
    }
  })
})
