import { describe, expect, it } from 'vitest'
import { SessionHash } from '../src/session-hash.ts'
import { ABSENT, EXPIRED, SessionTable } from '../src/session-table.ts'
import { fakeClock } from './fixtures.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

function fingerprint(id: string): [number, number] {
  const hash = new SessionHash([1, 2, 3, 4])
  hash.compute(id, '')
  return [hash.a, hash.b]
}

describe('SessionTable', () => {
  it('finds what was set, once per key', () => {
    const table = new SessionTable({ max: 10, ttlMs: 1000, clock: fakeClock() })
    expect(table.find(7, 9)).toBe(ABSENT)
    table.set(7, 9, 3)
    table.set(7, 9, 4)
    expect(table.find(7, 9)).toBe(4)
    expect(table.size()).toBe(1)
  })

  it('compares both words of the fingerprint', () => {
    const table = new SessionTable({ max: 10, ttlMs: 1000, clock: fakeClock() })
    table.set(7, 9, 3)
    expect(table.find(7, 11)).toBe(ABSENT)
    expect(table.find(8, 9)).toBe(ABSENT)
  })

  it('prolongs a life with every find and says once that it is over', () => {
    const clock = fakeClock()
    const table = new SessionTable({ max: 10, ttlMs: 100, clock })
    table.set(7, 9, 3)
    clock.time = 99
    expect(table.find(7, 9)).toBe(3)
    clock.time = 198
    expect(table.find(7, 9)).toBe(3)
    clock.time = 298
    expect(table.find(7, 9)).toBe(EXPIRED)
    expect(table.find(7, 9)).toBe(ABSENT)
  })

  it('keeps an entry for its time to live and at most one tick more', () => {
    for (const ttlMs of [1, 1.5, 999, 1000, 1999, 2000, 61_234, 18_000_000]) {
      const tickMs = Math.min(Math.max(Math.floor(ttlMs / 1000), 1), 1000)
      for (const usedAt of [0, 1, 499, 12_345]) {
        const clock = fakeClock(777)
        const table = new SessionTable({ max: 10, ttlMs, clock })
        clock.time = 777 + usedAt
        table.set(7, 9, 3)
        let livedMs = ttlMs - 0.5
        clock.time = 777 + usedAt + livedMs
        expect(table.size()).toBe(1)
        while (table.size() === 1) clock.time = 777 + usedAt + ++livedMs
        expect(livedMs).toBeLessThanOrEqual(ttlMs + tickMs + 1)
      }
    }
  })

  it('deletes: true for the living only', () => {
    const clock = fakeClock()
    const table = new SessionTable({ max: 10, ttlMs: 100, clock })
    table.set(7, 9, 3)
    expect(table.delete(7, 9)).toBe(true)
    expect(table.delete(7, 9)).toBe(false)
    table.set(7, 9, 3)
    clock.time = 100
    expect(table.delete(7, 9)).toBe(false)
    expect(table.clearExpired()).toBe(0)
  })

  it('clears the expired and counts them', () => {
    const clock = fakeClock()
    const table = new SessionTable({ max: 100, ttlMs: 100, clock })
    for (let key = 0; key < 50; key++) {
      clock.time = key
      table.set(...fingerprint(`early ${key}`), key)
    }
    clock.time = 124
    expect(table.size()).toBe(25)
    expect(table.clearExpired()).toBe(25)
    expect(table.clearExpired()).toBe(0)
    expect(table.size()).toBe(25)
  })

  it('holds exactly `max` at most, also when that is tiny, and keeps the most recent', () => {
    for (const max of [1, 2, 3, 8, 14]) {
      const clock = fakeClock()
      const table = new SessionTable({ max, ttlMs: 1000, clock })
      for (let key = 0; key < 50; key++) {
        clock.time = key
        table.set(...fingerprint(`${key}`), key)
        expect(table.size()).toBe(Math.min(key + 1, max))
      }
      for (let key = 50 - max; key < 50; key++) expect(table.find(...fingerprint(`${key}`))).toBe(key)
    }
  })

  it('loses less than one per cent early while it fills up', () => {
    const table = new SessionTable({ max: 20_000, ttlMs: HOUR, clock: fakeClock() })
    for (let key = 0; key < 20_000; key++) table.set(...fingerprint(`session ${key}`), key)
    expect(table.size()).toBeGreaterThan(19_800)
  })

  it('gives the places of the expired to newcomers before it evicts the living', () => {
    const clock = fakeClock()
    const table = new SessionTable({ max: 5000, ttlMs: HOUR, clock })
    for (let key = 0; key < 5000; key++) table.set(...fingerprint(`yesterday ${key}`), key)
    clock.time = 2 * HOUR
    for (let key = 0; key < 5000; key++) table.set(...fingerprint(`today ${key}`), key)
    let kept = 0
    for (let key = 0; key < 5000; key++) if (table.find(...fingerprint(`today ${key}`)) === key) kept++
    expect(kept).toBeGreaterThan(4900)
  })

  it('stores nothing rather than more than `max` when all 16 places are free in a full table', () => {
    // 88 sessions, 13 buckets: eleven of them full, the two of the last key empty.
    const table = new SessionTable({ max: 88, ttlMs: 1000, clock: fakeClock() })
    const key = (first: number, second: number, n: number): [number, number] => [
      (Math.ceil((first * 2 ** 32) / 13) + n) | 0,
      (2 * (Math.ceil(((second > first ? second - 1 : second) * 2 ** 31) / 12) + n) + 1) | 0,
    ]
    for (let bucket = 0; bucket < 10; bucket += 2) {
      for (let n = 1; n <= 16; n++) table.set(...key(bucket, bucket + 1, n), n)
    }
    for (let n = 1; n <= 8; n++) table.set(...key(10, 0, n), n)
    expect(table.size()).toBe(88)
    expect(table.set(...key(11, 12, 1), 5)).toBe(false)
    expect(table.find(...key(11, 12, 1))).toBe(ABSENT)
    expect(table.size()).toBe(88)
  })

  it('every bucket is the first of some key and the second of others, the last one included', () => {
    const max = 100
    const words = new Int32Array(SessionTable.wordsFor(max))
    const table = new SessionTable({ max, ttlMs: 1000, clock: fakeClock(), words })
    for (const a of [-1, 0x7fffffff, -0x80000000])
      for (const b of [-1, 1, 0x7fffffff]) expect(table.set(a, b, 1)).toBe(true)
    for (const a of [-1, 0x7fffffff, -0x80000000]) for (const b of [-1, 1, 0x7fffffff]) expect(table.find(a, b)).toBe(1)
    for (let key = 0; key < 2000; key++) table.set(...fingerprint(`${key}`), 2)
    const used = new Set<number>()
    for (let at = 0; at < words.length; at += 4) if (words[at + 1] !== 0) used.add(Math.floor(at / 32))
    expect(used.size).toBe(words.length / 32)
  })

  it('deletes by pin', () => {
    const table = new SessionTable({ max: 100, ttlMs: 1000, clock: fakeClock() })
    for (let key = 0; key < 90; key++) table.set(...fingerprint(`${key}`), key % 3)
    expect(table.deleteWhere((pin) => pin === 1)).toBe(30)
    expect(table.size()).toBe(60)
  })
})

describe('SessionTable, regressions', () => {
  it('even/odd bucket bias: second buckets are spread over odd and even alike', () => {
    // 128 buckets. By the remainder, and with the forced lowest bit left in, all second ones would be odd.
    const max = 930
    const words = new Int32Array(SessionTable.wordsFor(max))
    expect(words.length / 32).toBe(128)
    const table = new SessionTable({ max, ttlMs: 1000, clock: fakeClock(), words })
    // All keys share bucket 0 as their first, so most of them land in their second.
    const hash = new SessionHash([1, 2, 3, 4])
    for (let key = 0; key < 900; key++) {
      hash.compute(`session ${key}`, '')
      table.set(key + 1, hash.b, key)
    }
    let odd = 0
    let even = 0
    for (let at = 32; at < words.length; at += 4) {
      if (words[at + 1] === 0) continue
      if (Math.floor(at / 32) % 2 === 0) even++
      else odd++
    }
    expect(odd + even).toBeGreaterThan(780)
    expect(Math.abs(odd - even)).toBeLessThan(150)
  })

  it('ms expiry overflow: pins live their time after 24.8 and 49.7 days of uptime, and no longer', () => {
    for (const [ttlMs, uptime] of [
      [1000, 20 * DAY],
      [1000, 25 * DAY],
      [1000, 50 * DAY],
      [5 * HOUR, 50 * DAY],
      [5 * HOUR, 40 * 365 * DAY],
      [1e12, 35 * 365 * DAY],
    ] as const) {
      const clock = fakeClock(123)
      const table = new SessionTable({ max: 100, ttlMs, clock })
      table.set(7, 9, 1)
      clock.time += uptime
      table.set(3, 5, 2)
      clock.time += ttlMs / 2
      expect(table.find(3, 5)).toBe(2)
      clock.time += ttlMs / 2
      expect(table.find(3, 5)).toBe(2)
      clock.time += ttlMs + 1000
      // Time may just have begun anew, and that clears what has expired.
      expect([ABSENT, EXPIRED]).toContain(table.find(3, 5))
      expect([ABSENT, EXPIRED]).toContain(table.find(7, 9))
      expect(table.size()).toBe(0)
    }
  })

  it('ms expiry overflow: an entry set just before time begins anew is not lost', () => {
    const clock = fakeClock()
    const table = new SessionTable({ max: 100, ttlMs: 1000, clock })
    clock.time = 2 ** 30
    table.set(3, 5, 2)
    clock.time += 999
    expect(table.find(3, 5)).toBe(2)
    clock.time += 999
    expect(table.find(3, 5)).toBe(2)
    clock.time += 1000
    expect(table.find(3, 5)).toBe(EXPIRED)
  })

  it('clock going backwards: time stands still, nothing expires early or is kept for good', () => {
    const clock = fakeClock(1_000_000)
    const table = new SessionTable({ max: 100, ttlMs: 1000, clock })
    clock.time += 5000
    table.set(3, 5, 2)
    clock.time -= 4_000_000
    expect(table.find(3, 5)).toBe(2)
    table.set(7, 9, 4)
    clock.time = Number.NaN
    expect(table.find(7, 9)).toBe(4)
    clock.time = 1_005_999
    expect(table.find(3, 5)).toBe(2)
    clock.time = 1_007_000
    expect(table.find(3, 5)).toBe(EXPIRED)
    expect(table.size()).toBe(0)
  })

  it('insertion order called LRU: the oldest entry survives when it is the most used', () => {
    const clock = fakeClock()
    const table = new SessionTable({ max: 16, ttlMs: 1000, clock })
    table.set(...fingerprint('first of all'), 1)
    for (let key = 0; key < 200; key++) {
      clock.time += 2
      table.set(...fingerprint(`${key}`), 0)
      expect(table.find(...fingerprint('first of all'))).toBe(1)
    }
  })

  it('entries of one tick do not always lose the same place', () => {
    const table = new SessionTable({ max: 14, ttlMs: HOUR, clock: fakeClock() })
    for (let key = 0; key < 14; key++) table.set(...fingerprint(`old ${key}`), key)
    for (let key = 0; key < 6; key++) table.set(...fingerprint(`new ${key}`), key)
    const kept = [0, 1, 2, 3, 4, 5].filter((key) => table.find(...fingerprint(`new ${key}`)) === key)
    expect(kept.length).toBeGreaterThan(4)
  })

  it('an insert looks at no more than 16 entries, whatever the size of the table', () => {
    for (const max of [10, 1000, 100_000]) {
      const looked = new Set<number>()
      const words = new Int32Array(SessionTable.wordsFor(max))
      const watched = new Proxy(words, {
        get(target, property) {
          if (property === 'length') return target.length
          const index = Number(property)
          looked.add(index >> 2)
          return target[index]
        },
        set(target, property, value: number) {
          looked.add(Number(property) >> 2)
          target[Number(property)] = value
          return true
        },
      })
      const clock = fakeClock()
      const table = new SessionTable({ max, ttlMs: HOUR, clock, words: watched })
      let most = 0
      for (let key = 0; key < 2000; key++) {
        clock.time += 1000
        looked.clear()
        const [a, b] = fingerprint(`${key}`)
        table.find(a, b)
        table.set(a, b, key)
        most = Math.max(most, looked.size)
      }
      expect(most).toBe(16)
    }
  })
})
