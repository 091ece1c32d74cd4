import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoundedRendezvous } from '../src/selection/bounded-rendezvous.ts'
import { mix } from '../src/selection/key-mix.ts'
import type { Keyed } from '../src/selection/keyed.ts'
import { Maglev } from '../src/selection/maglev.ts'
import { Rendezvous, scoreOf } from '../src/selection/rendezvous.ts'
import { Ring } from '../src/selection/ring.ts'
import { SessionHash } from '../src/session-hash.ts'
import { candidates, countOf, seededRandom } from './fixtures.ts'

const hash = new SessionHash([1, 2, 3, 4])

function hashed(text: string): { a: number; b: number } {
  hash.compute(text, '')
  return { a: hash.a, b: hash.b }
}

const keys = Array.from({ length: 4000 }, (_, n) => hashed(`key ${n}`))

/** Slots are given in the order of `ids`, so a slot says nothing about the id. */
function fill<S extends Keyed>(selection: S, ids: readonly string[], weight: (id: string) => number = () => 1): S {
  for (const [slot, id] of ids.entries()) {
    const { a, b } = hashed(id)
    selection.add(slot, weight(id), 0, { idA: a, idB: b, tier: 0, fresh: true })
  }
  return selection
}

function place(selection: Keyed, ids: readonly string[], out: ReadonlySet<string> = new Set()): (string | undefined)[] {
  return keys.map(({ a, b }) => {
    const accepts = (slot: number): boolean => !out.has(ids[slot] as string)
    return ids[selection.pick(candidates(accepts, { keyed: true, keyA: a, keyB: b }), undefined)]
  })
}

const idsOf = (n: number): string[] => Array.from({ length: n }, (_, index) => `endpoint ${index}`)
const random = seededRandom(1)
const strategies = {
  rendezvous: () => new Rendezvous(random),
  ring: () => new Ring(random),
  maglev: () => new Maglev(random),
  'bounded-rendezvous': () => new BoundedRendezvous(random, 1.25),
}

describe.each(Object.entries(strategies))('%s', (name, create) => {
  it('does not depend on the order in which the endpoints were given', () => {
    const ids = idsOf(30)
    const shuffled = [...ids].sort((left, right) => hashed(`x${left}`).a - hashed(`x${right}`).a)
    expect(shuffled).not.toEqual(ids)
    expect(place(fill(create(), shuffled), shuffled)).toEqual(place(fill(create(), ids), ids))
  })

  it('spreads keys evenly', () => {
    const counts = countOf(place(fill(create(), idsOf(20)), idsOf(20)))
    expect(counts.size).toBe(20)
    expect(Math.max(...counts.values()) / 200).toBeLessThan(1.45)
  })

  it('without an endpoint, refused or removed, moves its keys and few others', () => {
    const ids = idsOf(20)
    const before = place(fill(create(), ids), ids)
    const removed = fill(create(), ids)
    removed.remove(7)
    for (const after of [place(removed, ids), place(fill(create(), ids), ids, new Set(['endpoint 7']))]) {
      const must = before.filter((id) => id === 'endpoint 7').length
      const moved = before.filter((id, index) => id !== after[index]).length
      expect(after).not.toContain('endpoint 7')
      expect(moved).toBeGreaterThanOrEqual(must)
      expect(moved).toBeLessThanOrEqual(name === 'maglev' ? must * 1.5 : must)
    }
  })

  it('a newcomer wins keys for itself and moves few others', () => {
    const ids = idsOf(20)
    const before = place(fill(create(), ids), ids)
    const more = [...ids, 'newcomer']
    const after = place(fill(create(), more), more)
    const won = after.filter((id) => id === 'newcomer').length
    const moved = before.filter((id, index) => id !== after[index]).length
    expect(won).toBeGreaterThan(100)
    expect(moved - won).toBeLessThanOrEqual(name === 'maglev' ? won : 0)
  })

  it('shares by weight', () => {
    const ids = idsOf(10)
    const weight = (id: string): number => (id === 'endpoint 3' ? 3 : 1)
    const counts = countOf(place(fill(create(), ids, weight), ids))
    const share = (counts.get('endpoint 3') ?? 0) / keys.length
    expect(Math.abs(share - 0.25)).toBeLessThan(0.05)
  })

  it('sends a request without a key anywhere, refuses when all are out, and works with one', () => {
    const selection = fill(create(), idsOf(5))
    const counts = countOf(Array.from({ length: 2000 }, () => selection.pick(candidates(), undefined)))
    expect(counts.size).toBe(5)
    expect(
      selection.pick(
        candidates(() => false, { keyed: true, keyA: 1, keyB: 1 }),
        undefined,
      ),
    ).toBe(-1)
    expect(create().pick(candidates(), undefined)).toBe(-1)
    expect(fill(create(), ['only']).pick(candidates(), undefined)).toBe(0)
  })

  it('finds the only one accepted of 200', () => {
    const selection = fill(create(), idsOf(200))
    for (const { a, b } of keys.slice(0, 50)) {
      const only = candidates((slot) => slot === 123, { keyed: true, keyA: a, keyB: b })
      expect(selection.pick(only, undefined)).toBe(123)
    }
  })
})

describe('rendezvous against a sorted list', () => {
  it('takes the first accepted in the order of the scores, with any weights', () => {
    const place = fc.record({
      id: fc.string({ minLength: 1 }),
      weight: fc.constantFrom(0.5, 1, 1, 1, 7),
      out: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.uniqueArray(place, { selector: ({ id }) => id, maxLength: 12 }), fc.string(), (places, key) => {
        const selection = new Rendezvous(random)
        for (const [slot, { id, weight }] of places.entries()) {
          const { a, b } = hashed(id)
          selection.add(slot, weight, 0, { idA: a, idB: b, tier: 0, fresh: true })
        }
        const { a, b } = hashed(key)
        const ranked = places
          .map(({ id, weight, out }, slot) => ({
            slot,
            out,
            score: scoreOf(mix(a, b, hashed(id).a, hashed(id).b), weight),
          }))
          .filter(({ out }) => !out)
          .sort((left, right) => right.score - left.score)
        const asked = candidates((slot) => places[slot]?.out === false, { keyed: true, keyA: a, keyB: b })
        expect(selection.pick(asked, undefined)).toBe(ranked[0]?.slot ?? -1)
      }),
    )
  })
})

describe('bounded rendezvous against its definition', () => {
  it('takes the first in the order of the scores with fewer than ceil(1.25 · (total + 1) · share)', () => {
    const place = fc.record({ inflight: fc.nat({ max: 12 }), weight: fc.constantFrom(1, 1, 2), out: fc.boolean() })
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 10 }), fc.string(), (places, key) => {
        const selection = fill(new BoundedRendezvous(random, 1.25), idsOf(places.length), (id) => {
          return places[Number(id.slice(9))]?.weight as number
        })
        for (const [slot, { inflight }] of places.entries()) selection.moved(slot, inflight)
        const total = places.reduce((sum, { inflight }) => sum + inflight, 0)
        const weights = places.reduce((sum, { weight }) => sum + weight, 0)
        const { a, b } = hashed(key)
        const ranked = places
          .map(({ weight, inflight, out }, slot) => {
            const id = hashed(`endpoint ${slot}`)
            const bound = Math.ceil(((1.25 * (total + 1)) / weights) * weight)
            return { slot, out, fits: inflight < bound, score: mix(a, b, id.a, id.b), weight }
          })
          .filter(({ out }) => !out)
          .sort((left, right) => scoreOf(right.score, right.weight) - scoreOf(left.score, left.weight))
        const expected = ranked.find(({ fits }) => fits) ?? ranked[0]
        const asked = candidates((slot) => places[slot]?.out === false, { keyed: true, keyA: a, keyB: b })
        expect(selection.pick(asked, undefined)).toBe(expected?.slot ?? -1)
      }),
    )
  })

  it('counts neither the removed nor the drained, however many requests they still have', () => {
    const selection = fill(new BoundedRendezvous(random, 1.25), idsOf(3))
    selection.moved(0, 100)
    selection.remove(0)
    selection.moved(0, 99)
    selection.moved(1, 1)
    selection.moved(2, 1)
    // Bound ceil(1.25 · 3 / 2) = 2: both have room, so the key's order decides.
    const { a, b } = keys[0] as { a: number; b: number }
    const plain = fill(new Rendezvous(random), idsOf(3))
    plain.remove(0)
    const asked = candidates(() => true, { keyed: true, keyA: a, keyB: b })
    expect(selection.pick(asked, undefined)).toBe(plain.pick(asked, undefined))
  })
})
