import { describe, expect, it } from 'vitest'
import { RandomSelection } from '../src/selection/random.ts'
import { candidates, countOf, seededRandom } from './fixtures.ts'

function randomOf(slots: number, random = seededRandom(3)): RandomSelection {
  const selection = new RandomSelection(random)
  for (let slot = 0; slot < slots; slot++) selection.add(slot)
  return selection
}

describe('random', () => {
  it('is uniform', () => {
    const selection = randomOf(10)
    const counts = countOf(Array.from({ length: 20_000 }, () => selection.pick(candidates(), undefined)))
    // Mean 2000, sigma 42: five sigma.
    for (let slot = 0; slot < 10; slot++) expect(Math.abs((counts.get(slot) ?? 0) - 2000)).toBeLessThan(212)
  })

  it('is uniform over the rest when most are unusable: no neighbor inherits a share', () => {
    const selection = randomOf(20)
    const usable = new Set([3, 11, 12])
    const accepts = (slot: number): boolean => usable.has(slot)
    const counts = countOf(Array.from({ length: 12_000 }, () => selection.pick(candidates(accepts), undefined)))
    expect(new Set(counts.keys())).toEqual(usable)
    // Mean 4000, sigma 52.
    for (const slot of usable) expect(Math.abs((counts.get(slot) ?? 0) - 4000)).toBeLessThan(260)
  })

  it('finds the only usable one, and nobody when there is none', () => {
    const selection = randomOf(100)
    for (let time = 0; time < 50; time++)
      expect(
        selection.pick(
          candidates((slot) => slot === 77),
          undefined,
        ),
      ).toBe(77)
    expect(
      selection.pick(
        candidates(() => false),
        undefined,
      ),
    ).toBe(-1)
    expect(randomOf(0).pick(candidates(), undefined)).toBe(-1)
  })

  it('forgets the removed and keeps the rest', () => {
    const selection = randomOf(5)
    selection.remove(1)
    selection.remove(4)
    selection.remove(0)
    const seen = new Set(Array.from({ length: 200 }, () => selection.pick(candidates(), undefined)))
    expect(seen).toEqual(new Set([2, 3]))
  })

  it('stays inside the set when the source returns 1, NaN or a negative number', () => {
    for (const value of [1, Number.NaN, -1, 2, Number.POSITIVE_INFINITY]) {
      const slot = randomOf(3, () => value).pick(candidates(), undefined)
      expect([0, 1, 2]).toContain(slot)
    }
  })
})
