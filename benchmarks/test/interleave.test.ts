import { describe, expect, test } from 'vitest'
import { interleave, rotate } from '../runner/interleave.ts'
import { type AnySuite, type Case, defineSuite } from '../runner/suite.ts'

function sync(name: string, more: Partial<Case<unknown, unknown>> = {}): Case<unknown, unknown> {
  const base = {
    kind: 'sync' as const,
    name,
    title: name,
    inputs: () => [1, 2],
    answer: () => 0,
    prepare: () => () => 0,
  }
  return Object.assign(base, more)
}

function suite(cases: readonly Case<unknown, unknown>[]): AnySuite {
  return defineSuite<unknown, unknown>({
    name: 'order',
    title: 'order',
    contenders: ['a', 'b', 'c'].map((name) => ({ name, role: 'peer' as const, load: () => name })),
    cases,
  })
}

const order = (jobs: ReturnType<typeof interleave>): string =>
  jobs.map((job) => `${job.round}${job.case}${job.contender}${job.measure === 'bytes' ? '#' : ''}`).join(' ')

describe('interleaving', () => {
  test('contenders follow each other within a case, cases within a round; who begins changes', () => {
    const time = { measures: ['nanoseconds'] as const }
    expect(order(interleave(suite([sync('x', time), sync('y', time)]), 4))).toBe(
      '0xa 0xb 0xc 0ya 0yb 0yc 1xb 1xc 1xa 1yb 1yc 1ya 2xc 2xa 2xb 2yc 2ya 2yb 3xa 3xb 3xc 3ya 3yb 3yc',
    )
  })

  test('bytes come first and need fewer rounds', () => {
    expect(order(interleave(suite([sync('x')]), 2))).toBe('0xa# 0xb# 0xc# 0xa 0xb 0xc 1xb 1xc 1xa')
    const jobs = interleave(suite([sync('x')]), 9)
    expect(jobs.filter(({ measure }) => measure === 'bytes')).toHaveLength(2 * 3)
    expect(jobs.filter(({ measure }) => measure === 'nanoseconds')).toHaveLength(9 * 3)
  })

  test('each contender begins equally often, and every round holds every contender once', () => {
    const jobs = interleave(suite([sync('x', { measures: ['nanoseconds'] })]), 9)
    const first = [0, 3, 6, 9, 12, 15, 18, 21, 24].map((index) => jobs[index]?.contender)
    expect(first).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c'])
    for (let round = 0; round < 9; round++) {
      const names = jobs.filter((job) => job.round === round).map((job) => job.contender)
      expect(names.sort()).toEqual(['a', 'b', 'c'])
    }
  })

  test('a skipped contender has no process, an unavailable measure none at all', () => {
    const cases = [sync('x', { measures: ['nanoseconds'], skip: { b: 'too slow' } })]
    expect(order(interleave(suite(cases), 2))).toBe('0xa 0xc 1xc 1xa')
    expect(interleave(suite([sync('x')]), 2, { nanoseconds: 'no clock', bytes: 'no heap' })).toEqual([])
  })

  test('rotate', () => {
    expect(rotate([1, 2, 3], 4)).toEqual([2, 3, 1])
    expect(rotate([], 3)).toEqual([])
  })
})

describe('defineSuite refuses', () => {
  test('names that are missing, malformed or doubled', () => {
    expect(() => suite([])).toThrow('suite order: no cases')
    expect(() => suite([sync('x'), sync('x')])).toThrow('suite order: two cases are named x')
    expect(() => suite([sync('a b')])).toThrow('suite order: cases name "a b" must match')
  })

  test('differences and skips of contenders that do not exist', () => {
    expect(() => suite([sync('x', { skip: { d: '?' } })])).toThrow(
      'suite order, case x: no contender is named d; known: a, b, c',
    )
  })
})
