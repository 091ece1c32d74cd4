import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cache } from '../src/index.ts'
import { SWEPT_SLOTS } from '../src/ttl.ts'
import { checkStructure, type Deferred, deferred, settled, VirtualClock } from './harness.ts'
import { Oracle, type Outcome, type Report, same } from './oracle.ts'
import { inspectCache } from './table-inspection.ts'

const FEW_KEYS = ['a', NaN, -0]
const MANY_KEYS = [...FEW_KEYS, 'b', 'c', '', '__proto__', 0, 2 ** 32, ...Array.from({ length: 16 }, (_, i) => -i - 1)]
const TTLS = [undefined, 0, 1, 5, 20, Number.POSITIVE_INFINITY]

/** The cache under test with everything that can be seen of it from outside. */
class Subject {
  readonly clock = new VirtualClock()
  readonly cache: Cache<unknown, number>
  reports: Report[] = []
  readonly outcomes: Outcome[] = []
  readonly callers: AbortController[] = []
  readonly started: number[] = []
  readonly running: { key: unknown; signal: AbortSignal; result: Deferred<number> }[] = []

  constructor(max: number, ttlMs: number) {
    this.cache = new Cache({
      max,
      ttlMs,
      clock: this.clock,
      onDispose: (value, key, reason) => this.reports.push({ key, value, reason }),
    })
  }

  fetch(key: unknown, ttlMs: number | undefined, forceRefresh: boolean): void {
    const caller = this.callers.length
    const controller = new AbortController()
    this.callers.push(controller)
    this.outcomes.push(undefined)
    const loader = (_: unknown, { signal }: { signal: AbortSignal }): Promise<number> => {
      if (this.#load(key) !== undefined) throw new Error('two loaders at once')
      const result = deferred<number>()
      this.running.push({ key, signal, result })
      this.started.push(caller)
      return result.promise
    }
    this.cache.fetch(key, loader, { ttlMs, forceRefresh, signal: controller.signal }).then(
      (value) => {
        this.outcomes[caller] = `value ${value}`
      },
      (reason: unknown) => {
        this.outcomes[caller] = reason === 'leave' ? 'aborted' : 'failed'
      },
    )
  }

  /** Ends the running load of the key, if there is one. */
  end(key: unknown, value: number | undefined): void {
    const load = this.#load(key)
    if (load === undefined) return
    this.running.splice(this.running.indexOf(load), 1)
    if (value === undefined) load.result.reject(new Error('load failed'))
    else load.result.resolve(value)
  }

  /** The n-th of those who wait leaves. */
  abort(n: number): void {
    const waiting = this.callers.filter((_, caller) => this.outcomes[caller] === undefined)
    waiting[n % waiting.length]?.abort('leave')
  }

  #load(key: unknown): Subject['running'][number] | undefined {
    return this.running.find((load) => same(load.key, key) && !load.signal.aborted)
  }
}

/** One step of both. The real cache goes first, so that the oracle learns which expired entries it has dropped. */
class Step implements fc.AsyncCommand<Oracle, Subject> {
  readonly #name: string
  readonly #real: (subject: Subject, value: number) => unknown
  readonly #naive: (oracle: Oracle, value: number) => unknown

  constructor(
    name: string,
    real: (subject: Subject, value: number) => unknown,
    naive: (oracle: Oracle, value: number) => unknown,
  ) {
    this.#name = name
    this.#real = real
    this.#naive = naive
  }

  check(): boolean {
    return true
  }

  async run(oracle: Oracle, subject: Subject): Promise<void> {
    oracle.expected = []
    subject.reports = []
    const stored = oracle.inserted
    const value = ++oracle.lastValue
    const answer = this.#real(subject, value)
    await settled()
    subject.reports = oracle.absorbExpired(subject.reports)
    expect(answer).toBe(this.#naive(oracle, value))
    compare(oracle, subject)
    // In so small a cache storing looks at all slots: nothing expired is left.
    if (oracle.inserted > stored && oracle.max <= SWEPT_SLOTS)
      expect(oracle.entries.some((e) => oracle.expired(e))).toBe(false)
  }

  toString(): string {
    return this.#name
  }
}

function compare(oracle: Oracle, subject: Subject): void {
  const { cache } = subject
  checkStructure(cache)
  expect(subject.reports).toEqual(oracle.expected)
  expect(inspectCache(cache).keys).toEqual(oracle.entries.map((entry) => entry.key))
  expect(oracle.inserted - oracle.disposed).toBe(cache.size)
  for (const key of MANY_KEYS) {
    const live = oracle.live(key)
    if (cache.peek(key) !== live?.value || cache.has(key) !== (live !== undefined))
      expect.fail(`differ in ${String(key)}`)
  }
  const live = oracle.entries.filter((entry) => !oracle.expired(entry))
  expect([...cache]).toEqual(live.map((entry) => [entry.key, entry.value]))
  expect(subject.started).toEqual(oracle.started)
  expect(subject.outcomes).toEqual(oracle.outcomes)
  expect(cache.getCacheStats()).toMatchObject({
    size: oracle.entries.length,
    maxSize: oracle.max,
    hits: oracle.hits,
    misses: oracle.misses,
    inflight: oracle.loads.size,
    loads: oracle.started.length,
  })
}

const ttl = fc.constantFrom(...TTLS)

const everyday = (keys: readonly unknown[]): fc.Arbitrary<Step>[] => {
  const key = fc.constantFrom(...keys)
  return [
    fc.tuple(key, ttl).map(([k, ttlMs]) => {
      const real = ({ cache }: Subject, value: number): void => void cache.set(k, value, { ttlMs })
      return new Step(`set(${String(k)}, ttlMs ${ttlMs})`, real, (oracle, value) => oracle.set(k, value, ttlMs))
    }),
    key.map(
      (k) =>
        new Step(
          `get(${String(k)})`,
          ({ cache }) => cache.get(k),
          (oracle) => oracle.get(k),
        ),
    ),
    key.map(
      (k) =>
        new Step(
          `delete(${String(k)})`,
          ({ cache }) => cache.delete(k),
          (oracle) => oracle.delete(k),
        ),
    ),
    fc.constantFrom(1, 4, 5, 20).map((ms) => {
      const real = ({ clock }: Subject): void => clock.advance(ms)
      return new Step(`advance ${ms} ms`, real, (oracle) => {
        oracle.now += ms
      })
    }),
  ]
}

const loading = (keys: readonly unknown[]): fc.Arbitrary<Step>[] => {
  const key = fc.constantFrom(...keys)
  return [
    fc.tuple(key, ttl, fc.boolean()).map(([k, ttlMs, force]) => {
      const real = (subject: Subject): void => subject.fetch(k, ttlMs, force)
      const name = `fetch(${String(k)}, ttlMs ${ttlMs}${force ? ', forceRefresh' : ''})`
      return new Step(name, real, (oracle) => oracle.fetch(k, ttlMs, force))
    }),
    key.map(
      (k) =>
        new Step(
          `land(${String(k)})`,
          (s, value) => s.end(k, value),
          (oracle, value) => oracle.end(k, value),
        ),
    ),
    key.map(
      (k) =>
        new Step(
          `fail(${String(k)})`,
          (s) => s.end(k, undefined),
          (oracle) => oracle.end(k, undefined),
        ),
    ),
    fc.nat(30).map(
      (n) =>
        new Step(
          `abort(${n})`,
          (subject) => subject.abort(n),
          (oracle) => oracle.abort(n),
        ),
    ),
  ]
}

const drastic = (largest: number): fc.Arbitrary<Step>[] => [
  fc.integer({ min: 1, max: largest }).map(
    (max) =>
      new Step(
        `resize(${max})`,
        ({ cache }) => cache.resize(max),
        (oracle) => oracle.resize(max),
      ),
  ),
  fc.constant(
    new Step(
      'purgeExpired()',
      ({ cache }) => cache.purgeExpired(),
      (oracle) => oracle.purged(),
    ),
  ),
  fc.constant(
    new Step(
      'clear()',
      ({ cache }) => cache.clear(),
      (oracle) => oracle.clear(),
    ),
  ),
]

/** Everyday steps are three times as likely as drastic ones, or the structure would never fill. */
function steps(keys: readonly unknown[], loads: number, largest: number): fc.Arbitrary<Step>[] {
  const often = everyday(keys)
  return [...often, ...often, ...often, ...Array(loads).fill(loading(keys)).flat(), ...drastic(largest)]
}

describe('Cache', () => {
  it.each([
    ['of many keys', steps(MANY_KEYS, 1, 20), 20],
    ['with many loads of few keys', steps(FEW_KEYS, 4, 3), 3],
  ])(
    'does what an array, a Map of loads and a virtual clock do, %s',
    { timeout: 60_000 },
    async (_, choice, largest) => {
      const start = fc.tuple(fc.integer({ min: 1, max: largest }), fc.constantFrom(Number.POSITIVE_INFINITY, 5, 20, 0))
      const run = fc.commands(choice, { maxCommands: 100, size: 'max' })
      const property = fc.asyncProperty(start, run, async ([max, ttlMs], commands) => {
        await fc.asyncModelRun(() => ({ model: new Oracle(max, ttlMs), real: new Subject(max, ttlMs) }), commands)
      })
      await fc.assert(property, { numRuns: 150 })
    },
  )
})
