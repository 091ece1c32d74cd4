import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StaticTable } from '../src/static-table.ts'

const GET = 1

function fill(paths: readonly string[]): StaticTable<string> {
  const table = new StaticTable<string>()
  for (const path of paths) {
    const route = { method: 'GET', path, handler: path, priority: 0, paramNames: [] }
    table.leaf(path).add({
      method: GET,
      priority: 0,
      route,
      handler: path,
      staticMatch: null,
      create: () => ({}),
      captures: 0,
      guard: null,
    })
  }
  return table
}

function fresh(path: string): string {
  return Buffer.from(path, 'latin1').toString('latin1')
}

describe('static table', () => {
  test('finds what a Map finds', () => {
    const path = fc
      .string({ unit: fc.constantFrom('a', 'b', '/', '0'), minLength: 0, maxLength: 9 })
      .map((s) => `/${s}`)
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 60 }), fc.array(path), (paths, others) => {
        const table = fill(paths)
        for (const asked of [...paths, ...others, '', '*', '/ü', '/…/…']) {
          expect(table.find(GET, fresh(asked))?.route.path).toBe(paths.includes(asked) ? asked : undefined)
        }
      }),
    )
  })

  test('paths that its fingerprint cannot tell apart are still found', () => {
    // The fingerprint looks at the end and at the middle, these differ in their fourth character.
    const paths = Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => `/xy${letter}/the-same-for-all-of-them`)
    const table = fill(paths)
    for (const path of paths) expect(table.find(GET, fresh(path))?.route.path).toBe(path)
    expect(table.find(GET, '/xy0/the-same-for-all-of-them')).toBeNull()
    table.clear()
    expect(table.find(GET, paths[0] as string)).toBeNull()
  })
})
