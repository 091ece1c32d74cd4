import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SessionHash } from '../src/session-hash.ts'
import { ABSENT, EXPIRED, SessionTable } from '../src/session-table.ts'
import { fakeClock } from './fixtures.ts'

type Step =
  | { op: 'find' | 'delete'; key: number }
  | { op: 'set'; key: number; pin: number }
  | { op: 'wait'; ms: number }
  | { op: 'clearExpired' | 'size' }

const steps = (keys: number, longestWaitMs: number): fc.Arbitrary<Step[]> => {
  const key = fc.nat({ max: keys - 1 })
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ op: fc.constant('find' as const), key }) },
      {
        weight: 4,
        arbitrary: fc.record({ op: fc.constant('set' as const), key, pin: fc.nat({ max: 65_535 }) }),
      },
      { weight: 1, arbitrary: fc.record({ op: fc.constant('delete' as const), key }) },
      { weight: 2, arbitrary: fc.record({ op: fc.constant('wait' as const), ms: fc.nat({ max: longestWaitMs }) }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('clearExpired' as const, 'size' as const) }) },
    ),
    { maxLength: 300 },
  )
}

/** The obvious table: a Map of id to pin and the time of its end. */
class NaiveTable {
  readonly entries = new Map<number, { pin: number; endsAt: number }>()
  readonly #ttlMs: number

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  find(key: number, now: number): number {
    const entry = this.entries.get(key)
    if (entry === undefined) return ABSENT
    if (entry.endsAt <= now) {
      this.entries.delete(key)
      return EXPIRED
    }
    entry.endsAt = now + this.#ttlMs
    return entry.pin
  }

  set(key: number, pin: number, now: number): void {
    this.entries.set(key, { pin, endsAt: now + this.#ttlMs })
  }

  delete(key: number, now: number): boolean {
    const alive = (this.entries.get(key)?.endsAt ?? now) > now
    this.entries.delete(key)
    return alive
  }

  size(now: number): number {
    return [...this.entries.values()].filter(({ endsAt }) => endsAt > now).length
  }
}

const fingerprints = (keys: number): { a: number; b: number }[] => {
  const hash = new SessionHash([11, 22, 33, 44])
  return Array.from({ length: keys }, (_, key) => {
    hash.compute(`session-${key}`, '')
    return { a: hash.a, b: hash.b }
  })
}

const BUCKET_WORDS = 32

/** The positions of a key's 16 entries, worked out from the description of the table. */
function entriesOf(words: Int32Array, a: number, b: number): number[] {
  const buckets = words.length / BUCKET_WORDS
  const first = (a >>> 0) % buckets
  const shifted = (b >>> 1) % (buckets - 1)
  const second = shifted >= first ? shifted + 1 : shifted
  return [first, second].flatMap((bucket) => Array.from({ length: 8 }, (_, entry) => bucket * BUCKET_WORDS + entry * 4))
}

describe('SessionTable against a Map with expiry', () => {
  it('agrees on every answer while capacity suffices', () => {
    const keys = fingerprints(60)
    fc.assert(
      fc.property(steps(60, 400), (sequence) => {
        const clock = fakeClock(5000)
        const ttlMs = 1000
        const table = new SessionTable({ max: 2000, ttlMs, clock })
        const naive = new NaiveTable(ttlMs)
        for (const step of sequence) {
          const { a, b } = 'key' in step ? (keys[step.key] as { a: number; b: number }) : { a: 0, b: 1 }
          if (step.op === 'wait') clock.time += step.ms
          else if (step.op === 'size') expect(table.size()).toBe(naive.size(clock.time))
          else if (step.op === 'clearExpired') {
            table.clearExpired()
            for (const [key, { endsAt }] of naive.entries) if (endsAt <= clock.time) naive.entries.delete(key)
          } else if (step.op === 'set') {
            expect(table.set(a, b, step.pin)).toBe(true)
            naive.set(step.key, step.pin, clock.time)
          } else if (step.op === 'delete') {
            expect(table.delete(a, b)).toBe(naive.delete(step.key, clock.time))
          } else if (step.op === 'find') {
            const found = table.find(a, b)
            const expected = naive.find(step.key, clock.time)
            // A set clears what has expired beside it, so an expired key may be absent already.
            if (expected === EXPIRED) expect([EXPIRED, ABSENT]).toContain(found)
            else expect(found).toBe(expected)
          }
        }
      }),
    )
  })

  it('over capacity stays bounded and never answers with the pin of another key', () => {
    const keys = fingerprints(200)
    fc.assert(
      fc.property(steps(200, 300), fc.integer({ min: 1, max: 100 }), (sequence, max) => {
        const clock = fakeClock()
        const table = new SessionTable({ max, ttlMs: 1000, clock })
        const naive = new NaiveTable(1000)
        for (const step of sequence) {
          const { a, b } = 'key' in step ? (keys[step.key] as { a: number; b: number }) : { a: 0, b: 1 }
          if (step.op === 'wait') clock.time += step.ms
          else if (step.op === 'set') {
            table.set(a, b, step.pin)
            naive.set(step.key, step.pin, clock.time)
            expect(table.find(a, b)).toBe(step.pin)
          } else if (step.op === 'delete') {
            table.delete(a, b)
            naive.delete(step.key, clock.time)
          } else if (step.op === 'clearExpired') table.clearExpired()
          else if (step.op === 'find') {
            const found = table.find(a, b)
            const expected = naive.find(step.key, clock.time)
            if (found >= 0) expect(found).toBe(expected)
            // The real table has lost it: the naive one must not prolong it either.
            else naive.entries.delete(step.key)
          }
          expect(table.size()).toBeLessThanOrEqual(max)
        }
      }),
    )
  })

  it('evicts an entry only when nothing is free, and then the first to expire of the 16', () => {
    const keys = fingerprints(400)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.array(fc.nat({ max: 399 }), { maxLength: 400 }),
        (max, order) => {
          const clock = fakeClock()
          const words = new Int32Array(SessionTable.wordsFor(max))
          const table = new SessionTable({ max, ttlMs: 1_000_000, clock, words })
          for (const key of order) {
            clock.time += 1000
            const { a, b } = keys[key] as { a: number; b: number }
            if (table.find(a, b) >= 0) continue
            const before = words.slice()
            const places = entriesOf(words, a, b)
            const occupied = places.filter((at) => before[at + 1] !== 0)
            const full = occupied.length === 16 || table.size() === max
            expect(table.set(a, b, key)).toBe(true)
            const changed = places.filter((at) => before[at] !== words[at] || before[at + 1] !== words[at + 1])
            expect(changed).toHaveLength(1)
            const at = changed[0] as number
            if (full) expect(before[at + 2]).toBe(Math.min(...occupied.map((place) => before[place + 2] as number)))
            else expect(before[at + 1]).toBe(0)
            // Nothing outside its 16 entries is touched.
            const elsewhere = words.filter((word, index) => word !== before[index] && index - (index % 4) !== at)
            expect(elsewhere).toHaveLength(0)
          }
        },
      ),
    )
  })
})
