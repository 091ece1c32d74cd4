import { describe, expect, it } from 'vitest'
import { P2c } from '../src/selection/p2c.ts'
import { P2cEwma } from '../src/selection/p2c-ewma.ts'
import { candidates, countOf, seededRandom } from './fixtures.ts'

const free = (now = 0) => candidates(() => true, { unasked: true, now })

function p2cOf(slots: number): P2c {
  const selection = new P2c(seededRandom(5))
  for (let slot = 0; slot < slots; slot++) selection.add(slot, 1, 0)
  return selection
}

describe('p2c', () => {
  it('never takes the busiest of all, and every pair is as likely as any other', () => {
    const selection = p2cOf(5)
    for (let slot = 0; slot < 5; slot++) selection.moved(slot, slot)
    const counts = countOf(Array.from({ length: 20_000 }, () => selection.pick(free(), undefined)))
    expect(counts.get(4)).toBeUndefined()
    // Slot s wins against the 4 - s busier ones of 10 pairs.
    for (let slot = 0; slot < 4; slot++) {
      expect(Math.abs((counts.get(slot) ?? 0) / 20_000 - (4 - slot) / 10)).toBeLessThan(0.02)
    }
  })

  it('divides by the weight', () => {
    const selection = p2cOf(2)
    selection.reweigh(1, 4)
    selection.moved(0, 1)
    selection.moved(1, 6)
    expect(selection.pick(free(), undefined)).toBe(1)
    selection.moved(1, 8)
    expect(selection.pick(free(), undefined)).toBe(0)
  })

  it('works with one endpoint, with none, with all refused and with one accepted of many', () => {
    expect(p2cOf(1).pick(free(), undefined)).toBe(0)
    expect(p2cOf(0).pick(free(), undefined)).toBe(-1)
    expect(
      p2cOf(9).pick(
        candidates(() => false),
        undefined,
      ),
    ).toBe(-1)
    for (let time = 0; time < 50; time++) {
      expect(
        p2cOf(200).pick(
          candidates((slot) => slot === 170),
          undefined,
        ),
      ).toBe(170)
    }
  })

  it('passes over the blocked, except in panic', () => {
    const selection = p2cOf(3)
    selection.block(0, true)
    selection.block(1, true)
    for (let time = 0; time < 30; time++) expect(selection.pick(free(), undefined)).toBe(2)
    selection.block(2, true)
    expect(selection.pick(free(), undefined)).toBe(-1)
    expect(
      selection.pick(
        candidates(() => true, { panic: true }),
        undefined,
      ),
    ).toBeGreaterThanOrEqual(0)
    selection.block(1, false)
    expect(selection.pick(free(), undefined)).toBe(1)
  })

  it('grows with the slots and forgets those that leave', () => {
    const selection = p2cOf(100)
    for (let slot = 0; slot < 99; slot++) selection.remove(slot)
    expect(selection.pick(free(), undefined)).toBe(99)
  })
})

describe('p2c-ewma', () => {
  it('jumps to a peak at once and decays from it', () => {
    const selection = new P2cEwma(seededRandom(1), 10_000)
    selection.add(0, 1, 0)
    expect(selection.cost(0, 0)).toBe(0)
    selection.observe(0, 10, false, 0)
    expect(selection.cost(0, 0)).toBeCloseTo(10)
    expect(selection.cost(0, 10_000)).toBeCloseTo(10 / Math.E)
    selection.observe(0, 100, false, 10_000)
    expect(selection.cost(0, 10_000)).toBe(100)
    const k = Math.exp(-0.1)
    selection.observe(0, 10, false, 11_000)
    expect(selection.cost(0, 11_000)).toBeCloseTo(100 * k + 10 * (1 - k))
    selection.moved(0, 3)
    expect(selection.cost(0, 11_000)).toBeCloseTo(4 * (100 * k + 10 * (1 - k)))
  })

  it('prefers the faster of two and tries an unknown one first', () => {
    const selection = new P2cEwma(seededRandom(1), 10_000)
    for (let slot = 0; slot < 20; slot++) selection.add(slot, 1, 0)
    for (let slot = 0; slot < 19; slot++) selection.observe(slot, slot < 10 ? 5 : 500, false, 0)
    const counts = countOf(Array.from({ length: 4000 }, () => selection.pick(free(10), undefined)))
    expect(counts.get(19)).toBeGreaterThan(300)
    for (let slot = 10; slot < 19; slot++) expect(counts.get(slot) ?? 0).toBeLessThan(counts.get(0) as number)
  })

  it('forgets the former holder of a slot', () => {
    const selection = new P2cEwma(seededRandom(1), 10_000)
    selection.add(40, 1, 0)
    selection.observe(40, 77, false, 0)
    selection.remove(40)
    selection.add(40, 1, 0)
    expect(selection.cost(40, 0)).toBe(0)
  })
})
