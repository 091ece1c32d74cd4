import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Auto } from '../src/selection/auto.ts'
import { Latency } from '../src/selection/latency.ts'
import { candidates, countOf, seededRandom } from './fixtures.ts'

const free = (now = 0) => candidates(() => true, { unasked: true, now })
const auto = (choices: number | 'all' | 'adaptive' = 'adaptive', errorPenalty = 100): Auto =>
  new Auto(seededRandom(3), { choices, errorPenalty })

function autoOf(slots: number, choices?: number | 'all' | 'adaptive'): Auto {
  const selection = auto(choices)
  for (let slot = 0; slot < slots; slot++) selection.add(slot, 1, 0)
  return selection
}

/** The rule of the design, written down with a Map and no cache. */
class NaiveLatency {
  readonly #known = new Map<number, { w: number; at: number }>()
  #g = 0

  sample(slot: number, latency: number, failed: boolean, now: number): void {
    if (!failed) this.#g = this.#g === 0 ? latency : 0.99 * this.#g + 0.01 * latency
    const mean = this.#g > 0 ? this.#g : Math.max(latency, 1)
    const l = failed ? Math.max(latency, 100 * mean) : latency
    const known = this.#known.get(slot)
    const a = known === undefined ? 1 : Math.max(1 - Math.exp(-(now - known.at) / 500), 0.1)
    this.#known.set(slot, { w: (known?.w ?? 0) * (1 - a) + l * a, at: now })
  }

  expected(slot: number, now: number): number {
    const known = this.#known.get(slot)
    const g = this.#g > 0 ? this.#g : 1
    if (known === undefined) return 0.5 * g
    const age = now - known.at
    return age <= 500 ? known.w : g + (known.w - g) * Math.exp(-(age - 500) / 2000)
  }
}

describe('Latency against the written rule', () => {
  it('expects what the rule says, whatever came before', () => {
    const sample = fc.record({
      slot: fc.nat({ max: 20 }),
      latency: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
      failed: fc.boolean(),
      pause: fc.constantFrom(0, 1, 30, 400, 501, 3000, 60_000),
    })
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 80 }), (samples) => {
        const latency = new Latency(100)
        latency.grow(32)
        const naive = new NaiveLatency()
        let now = 1000
        for (const { slot, latency: ms, failed, pause } of samples) {
          now += pause
          latency.sample(slot, ms, failed, now)
          naive.sample(slot, ms, failed, now)
          for (const asked of [slot, 0, 20]) {
            expect(latency.expected(asked, now + 700)).toBeCloseTo(naive.expected(asked, now + 700), 6)
          }
        }
      }),
    )
  })

  it('without a penalty a failure counts for what it took', () => {
    const latency = new Latency(0)
    latency.sample(0, 10, false, 0)
    latency.sample(1, 0.2, true, 0)
    expect(latency.expected(1, 0)).toBeCloseTo(0.2)
  })

  it('a clock that jumps back leaves finite figures', () => {
    const latency = new Latency(100)
    latency.sample(0, 10, false, 1e6)
    latency.sample(0, 20, false, 1000)
    expect(latency.expected(0, 500)).toBeGreaterThan(10)
    expect(latency.expected(0, 500)).toBeLessThan(20)
  })
})

describe('auto', () => {
  it('takes the least of latency times requests in flight: never another one than a naive scan', () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant('moved' as const), slot: fc.nat({ max: 11 }), inflight: fc.nat({ max: 30 }) }),
      fc.record({
        op: fc.constant('observe' as const),
        slot: fc.nat({ max: 11 }),
        latency: fc.integer({ min: 1, max: 500 }),
        failed: fc.boolean(),
      }),
      fc.record({
        op: fc.constantFrom('add' as const, 'remove' as const, 'block' as const, 'unblock' as const),
        slot: fc.nat({ max: 11 }),
      }),
      fc.record({ op: fc.constant('weigh' as const), slot: fc.nat({ max: 11 }), weight: fc.constantFrom(0.5, 1, 3) }),
      fc.record({ op: fc.constant('wait' as const), ms: fc.constantFrom(60, 700, 5000) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.boolean(), (steps, asked) => {
        const selection = auto('all')
        const slots = new Map<number, { weight: number; inflight: number; blocked: boolean }>()
        const latency = new Latency(100)
        latency.grow(32)
        let now = 0
        for (const step of steps) {
          const known = 'slot' in step ? slots.get(step.slot) : undefined
          if (step.op === 'wait') now += step.ms
          else if (step.op === 'add') {
            if (known !== undefined) continue
            selection.add(step.slot, 1, 0)
            latency.forget(step.slot)
            slots.set(step.slot, { weight: 1, inflight: 0, blocked: false })
          } else if (known === undefined) continue
          else if (step.op === 'remove') {
            selection.remove(step.slot)
            slots.delete(step.slot)
          } else if (step.op === 'moved') {
            selection.moved(step.slot, step.inflight)
            known.inflight = step.inflight
          } else if (step.op === 'observe') {
            selection.observe(step.slot, step.latency, step.failed, now)
            latency.sample(step.slot, step.latency, step.failed, now)
          } else if (step.op === 'weigh') {
            selection.reweigh(step.slot, step.weight)
            known.weight = step.weight
          } else {
            selection.block(step.slot, step.op === 'block')
            known.blocked = step.op === 'block'
          }
          // Costs may be 50 ms old: let them be brought up to date.
          now += 50
          const costs = [...slots].map(([slot, { weight, inflight, blocked }]) => ({
            slot,
            blocked,
            cost: (latency.expected(slot, now) * (1 + inflight)) / weight,
          }))
          const open = costs.filter(({ blocked }) => !blocked)
          const least = Math.min(...open.map(({ cost }) => cost))
          const picked = selection.pick(
            candidates(() => true, { unasked: !asked, now }),
            undefined,
          )
          if (open.length === 0) expect(picked).toBe(-1)
          else expect(open.find(({ slot }) => slot === picked)?.cost).toBeCloseTo(least, 6)
          if (open.length > 0) expect(selection.leastCost()).toBeLessThanOrEqual(least * (1 + 1e-9))
          if (costs.length > 0) {
            const inPanic = selection.pick(
              candidates(() => true, { panic: true, now }),
              undefined,
            )
            const leastOfAll = Math.min(...costs.map(({ cost }) => cost))
            expect(costs.find(({ slot }) => slot === inPanic)?.cost).toBeCloseTo(leastOfAll, 6)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('without any experience spreads evenly, leases or not', () => {
    for (const n of [10, 100, 500]) {
      const selection = autoOf(n)
      const counts = countOf(Array.from({ length: 200 * n }, () => selection.pick(free(), undefined)))
      expect(counts.size).toBe(n)
      expect(Math.max(...counts.values())).toBeLessThan(400)
    }
  })

  it('beyond 128 endpoints compares 32, and still never takes one that is much worse than most', () => {
    const selection = autoOf(1000)
    for (let slot = 0; slot < 1000; slot++) selection.observe(slot, slot < 100 ? 500 : 10, false, 100)
    const picks = Array.from({ length: 5000 }, () => selection.pick(free(120), undefined))
    expect(picks.filter((slot) => slot < 100)).toHaveLength(0)
    expect(new Set(picks).size).toBeGreaterThan(300)
  })

  it('compares as many as told', () => {
    for (const [choices, share] of [
      [1, 0.1],
      [2, 0.19],
      ['all', 1],
    ] as const) {
      const selection = autoOf(10, choices)
      for (let slot = 0; slot < 10; slot++) selection.observe(slot, slot === 4 ? 1 : 50, false, 0)
      const picks = Array.from({ length: 4000 }, () => selection.pick(free(10), undefined))
      expect(Math.abs(picks.filter((slot) => slot === 4).length / 4000 - share)).toBeLessThan(0.03)
    }
  })

  it('an endpoint that fails fast does not look fast', () => {
    const selection = autoOf(4)
    for (let slot = 0; slot < 4; slot++) selection.observe(slot, 10, false, 0)
    selection.observe(2, 0.2, true, 100)
    for (let pick = 0; pick < 100; pick++) expect(selection.pick(free(150), undefined)).not.toBe(2)
    const careless = auto('all', 0)
    for (let slot = 0; slot < 4; slot++) careless.add(slot, 1, 0)
    for (let slot = 0; slot < 4; slot++) careless.observe(slot, 10, false, 0)
    careless.observe(2, 0.2, true, 100)
    expect(careless.pick(free(150), undefined)).toBe(2)
  })

  it('tries a slow endpoint again once its figure is old', () => {
    const selection = autoOf(2)
    selection.observe(0, 10, false, 0)
    selection.observe(1, 1000, false, 0)
    selection.moved(0, 3)
    expect(selection.pick(free(100), undefined)).toBe(0)
    for (let now = 200; now <= 12_000; now += 200) selection.observe(0, 10, false, now)
    expect(selection.pick(free(12_050), undefined)).toBe(1)
  })

  it('asks only who would be the best so far', () => {
    const selection = autoOf(100)
    for (let slot = 0; slot < 100; slot++) selection.observe(slot, 1 + slot, false, 0)
    let asked = 0
    const counting = candidates(
      () => {
        asked++
        return true
      },
      { now: 10 },
    )
    for (let pick = 0; pick < 1000; pick++) expect(selection.pick(counting, undefined)).toBe(0)
    expect(asked).toBeLessThan(10_000)
  })

  it('what is known of a slot survives a drain and not a new holder', () => {
    const selection = autoOf(2)
    selection.observe(0, 10, false, 0)
    selection.observe(1, 1000, false, 0)
    selection.remove(1)
    selection.add(1, 1, 0, { idA: 0, idB: 0, tier: 0, fresh: false })
    expect(selection.cost(1, 100)).toBe(1000)
    selection.remove(1)
    selection.add(1, 1, 0, { idA: 0, idB: 0, tier: 0, fresh: true })
    expect(selection.cost(1, 100)).toBeLessThan(15)
  })
})
