import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildSchedule } from '../src/selection/schedule.ts'
import type { Candidates } from '../src/selection/selection.ts'
import { Weighted } from '../src/selection/weighted.ts'
import { candidates, countOf, seededRandom } from './fixtures.ts'

const everyone: Candidates = candidates()

/** Smooth weighted round robin as nginx describes it. */
function textbook(weights: readonly number[], picks: number): number[] {
  const current = weights.map(() => 0)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Array.from({ length: picks }, () => {
    let best = 0
    for (let index = 0; index < weights.length; index++) {
      current[index] = (current[index] as number) + (weights[index] as number)
      if ((current[index] as number) > (current[best] as number)) best = index
    }
    current[best] = (current[best] as number) - total
    return best
  })
}

function weightedOf(weights: readonly number[], random: () => number = () => 0): Weighted {
  const selection = new Weighted(random)
  weights.forEach((weight, slot) => {
    selection.add(slot, weight)
  })
  return selection
}

const integerWeights = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 })

describe('weighted against the textbook', () => {
  it('picks in the order of smooth weighted round robin', () => {
    fc.assert(
      fc.property(integerWeights, (weights) => {
        const selection = weightedOf(weights)
        const picks = 2 * weights.reduce((sum, weight) => sum + weight, 0)
        const order = Array.from({ length: picks }, () => selection.pick(everyone, undefined))
        expect(order).toEqual(textbook(weights, picks))
      }),
    )
  })

  it('gives exact shares over a cycle of sum / gcd picks, wherever it starts', () => {
    fc.assert(
      fc.property(integerWeights, fc.integer({ min: 1, max: 9 }), fc.nat({ max: 100 }), (shares, factor, skip) => {
        const weights = shares.map((share) => share * factor)
        const schedule = buildSchedule(weights) as Uint16Array
        const sum = weights.reduce((total, weight) => total + weight, 0)
        const selection = weightedOf(weights)
        for (let pick = 0; pick < skip; pick++) selection.pick(everyone, undefined)
        const counts = countOf(Array.from(schedule, () => selection.pick(everyone, undefined)))
        weights.forEach((weight, slot) => {
          expect(counts.get(slot)).toBe((weight * schedule.length) / sum)
        })
      }),
    )
  })

  it('takes fractional weights exactly, and equals the textbook step by step where a cycle is too long', () => {
    expect(Array.from(buildSchedule([0.5, 0.1, 0.1]) ?? [])).toEqual(textbook([5, 1, 1], 7))
    expect(buildSchedule([Math.PI, 1])).toBeNull()
    expect(buildSchedule([1e9, 1])).toBeNull()
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 50, noNaN: true }), { minLength: 1, maxLength: 8 }),
        (weights) => {
          fc.pre(buildSchedule(weights) === null)
          const selection = weightedOf(weights)
          const order = Array.from({ length: 300 }, () => selection.pick(everyone, undefined))
          expect(order).toEqual(textbook(weights, 300))
        },
      ),
    )
  })

  it('never strays from a share by as many picks as there are endpoints', () => {
    fc.assert(
      fc.property(integerWeights, (weights) => {
        const sum = weights.reduce((total, weight) => total + weight, 0)
        const selection = weightedOf(weights)
        const picks = weights.map(() => 0)
        let farthest = 0
        for (let time = 1; time <= 500; time++) {
          const slot = selection.pick(everyone, undefined)
          picks[slot] = (picks[slot] as number) + 1
          weights.forEach((weight, index) => {
            farthest = Math.max(farthest, Math.abs((picks[index] as number) - (time * weight) / sum))
          })
        }
        expect(farthest).toBeLessThan(weights.length)
      }),
    )
  })

  it('shares the work of the unusable in proportion to the weights of the rest', () => {
    fc.assert(
      fc.property(integerWeights, fc.nat(), (weights, out) => {
        fc.pre(weights.length > 1)
        const down = out % weights.length
        const selection = weightedOf(weights)
        const rest = weights.reduce((total, weight, slot) => total + (slot === down ? 0 : weight), 0)
        const picks = 20 * rest
        const counts = countOf(
          Array.from({ length: picks }, () =>
            selection.pick(
              candidates((slot) => slot !== down),
              undefined,
            ),
          ),
        )
        weights.forEach((weight, slot) => {
          const expected = slot === down ? 0 : (picks * weight) / rest
          // A cycle and a chain of textbook steps may both be cut short.
          expect(Math.abs((counts.get(slot) ?? 0) - expected)).toBeLessThanOrEqual(weight + weights.length)
        })
      }),
    )
  })

  it('keeps the shares of the survivors when weights change after every few picks', () => {
    const selection = weightedOf([5, 1, 1], seededRandom(7))
    const counts = [0, 0, 0]
    for (let pick = 0; pick < 21_000; pick++) {
      const slot = selection.pick(everyone, undefined)
      if (slot < 3) counts[slot] = (counts[slot] as number) + 1
      if (pick % 4 === 1) selection.add(3, 1)
      if (pick % 4 === 3) selection.remove(3)
    }
    const total = counts.reduce((sum, count) => sum + count, 0)
    expect((counts[0] as number) / total).toBeCloseTo(5 / 7, 1)
    expect((counts[1] as number) / total).toBeCloseTo(1 / 7, 1)
  })

  it('writes the schedule on change and stays within its budget', () => {
    expect(buildSchedule([])).toHaveLength(0)
    expect(buildSchedule(Array.from({ length: 5000 }, () => 3))).toHaveLength(5000)
    expect(buildSchedule(Array.from({ length: 100 }, (_, index) => index + 1))).toHaveLength(5050)
    expect(buildSchedule(Array.from({ length: 1000 }, (_, index) => index + 1))).toBeNull()
  })
})
