import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstDifference, show } from '../runner/answers.ts'

describe('the first difference', () => {
  test.each([
    [1, 2, '', 1, 2],
    [[1, 2, 3], [1, 5, 3], '[1]', 2, 5],
    [[{ total: 4, failures: 1 }], [{ total: 4, failures: 2 }], '[0].failures', 1, 2],
    [{ a: { b: [0, -0] } }, { a: { b: [0, 0] } }, '.a.b[1]', -0, 0],
    [[1], [1, 2], '[1]', undefined, 2],
    [{ a: 1 }, {}, '.a', 1, undefined],
    [[], {}, '', [], {}],
    [new Map([[1, 2]]), new Map([[1, 3]]), '', new Map([[1, 2]]), new Map([[1, 3]])],
    [null, undefined, '', null, undefined],
  ])('%j and %j', (left, right, path, a, b) => {
    expect(firstDifference(left, right)).toEqual({ path, left: a, right: b })
  })

  test('is null exactly when the values are deeply equal', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(firstDifference(value, structuredClone(value))).toBeNull()
      }),
    )
    expect(firstDifference([Number.NaN], [Number.NaN])).toBeNull()
  })
})

test('values are shown on one short line', () => {
  expect([show(-0), show(Number.NaN), show(undefined), show(3n), show({ a: 1n })]).toEqual([
    '-0',
    'NaN',
    'undefined',
    '3',
    '{"a":"1n"}',
  ])
  expect(show('x'.repeat(200))).toHaveLength(80)
})
