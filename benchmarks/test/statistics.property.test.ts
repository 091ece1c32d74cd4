import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { median, quantile, ratioOfRounds, spread } from '../runner/statistics.ts'

const values = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 60 })

/** The middle value, or the mean of the two in the middle. */
function naiveMedian(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

describe('quantile', () => {
  test('the median is the middle value or the mean of the two in the middle', () => {
    fc.assert(
      fc.property(values, (list) => {
        const expected = naiveMedian(list)
        expect(Math.abs(median(list) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, expected))
      }),
    )
  })

  test('0 and 1 are the extremes, and a greater share never gives less', () => {
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, a, b) => {
          expect(quantile(list, 0)).toBe(Math.min(...list))
          expect(quantile(list, 1)).toBe(Math.max(...list))
          const [less, more] = a < b ? [a, b] : [b, a]
          // One unit in the last place: interpolation rounds.
          expect(quantile(list, less)).toBeLessThanOrEqual(quantile(list, more) * (1 + 1e-15))
        },
      ),
    )
  })

  test('at a whole rank it is the value of that rank, whatever the order', () => {
    fc.assert(
      fc.property(values, fc.nat(), (list, seed) => {
        const rank = seed % list.length
        const share = list.length === 1 ? 0.3 : rank / (list.length - 1)
        const expected = [...list].sort((a, b) => a - b)[rank] ?? 0
        const found = quantile([...list].reverse(), share)
        expect(Math.abs(found - (list.length === 1 ? (list[0] ?? 0) : expected))).toBeLessThanOrEqual(1e-3)
      }),
    )
  })

  test('known quartiles (R, type 7)', () => {
    const list = [1, 2, 3, 4, 10, 20]
    expect([0.25, 0.5, 0.75].map((share) => quantile(list, share))).toEqual([2.25, 3.5, 8.5])
    expect(spread(list)).toEqual({ median: 3.5, min: 1, p25: 2.25, p75: 8.5, max: 20 })
  })

  test('does not touch the list and refuses nonsense', () => {
    const list = [3, 1, 2]
    median(list)
    expect(list).toEqual([3, 1, 2])
    expect(() => median([])).toThrow(RangeError)
    expect(() => quantile([1], 1.1)).toThrow('share must be 0 to 1, got 1.1')
    expect(() => quantile([1], Number.NaN)).toThrow(RangeError)
  })
})

describe('ratio of rounds', () => {
  test('is taken round by round: what slows both in one round cancels out', () => {
    expect(ratioOfRounds([30, 300, 33], [10, 100, 10])).toEqual({ median: 3, min: 3, max: 3.3 })
  })

  test('of the inverse is the inverse, for odd numbers of rounds', () => {
    const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true })
    const rounds = fc
      .array(fc.tuple(positive, positive), { minLength: 1, maxLength: 9 })
      .filter((r) => r.length % 2 === 1)
    fc.assert(
      fc.property(rounds, (pairs) => {
        const there = ratioOfRounds(
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
        )
        const back = ratioOfRounds(
          pairs.map(([, b]) => b),
          pairs.map(([a]) => a),
        )
        expect((there?.median ?? 0) * (back?.median ?? 0)).toBeCloseTo(1, 9)
        expect((there?.min ?? 0) * (back?.max ?? 0)).toBeCloseTo(1, 9)
      }),
    )
  })

  test('has no value where nothing is divided by, and insists on pairs', () => {
    expect(ratioOfRounds([1, 2], [0, 2])).toBeNull()
    expect(() => ratioOfRounds([1], [1, 2])).toThrow('ratio of 1 rounds to 2')
    expect(() => ratioOfRounds([], [])).toThrow(RangeError)
  })
})
