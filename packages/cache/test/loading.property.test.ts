import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cache, type LoaderContext } from '../src/index.ts'
import { checkStructure, type Deferred, deferred, settled, VirtualClock } from './harness.ts'
import { LoadingOracle, type Windows } from './loading-oracle.ts'

const KEYS = ['a', 'b', '__proto__']
const down = new Error('down')

/** The cache under test, its callers, and its loaders, which are answered by hand. */
class Subject {
  readonly clock = new VirtualClock()
  readonly cache: Cache<string, number>
  readonly outcomes: (string | undefined)[] = []
  /** How often each caller was settled: once at most. */
  readonly settlings: number[] = []
  readonly callers: AbortController[] = []
  readonly begun: number[] = []
  readonly running: Map<string, { signal: AbortSignal; result: Deferred<number> }> = new Map()
  failed = 0

  constructor(windows: Windows) {
    this.cache = new Cache({ max: 50, clock: this.clock, ...windows, onError: () => this.failed++ })
  }

  fetch(key: string, tag: string | undefined, force: boolean, staleIfErrorMs: number): void {
    const caller = this.outcomes.push(undefined) - 1
    const controller = new AbortController()
    this.callers.push(controller)
    this.settlings.push(0)
    const load = (_: string, { signal }: LoaderContext<number>): Promise<number> => {
      const other = this.running.get(key)
      if (other !== undefined && !other.signal.aborted) throw new Error('two loaders at once')
      const result = deferred<number>()
      this.running.set(key, { signal, result })
      this.begun.push(caller)
      return result.promise
    }
    const tags = tag === undefined ? undefined : [tag]
    const settle = (outcome: string): void => {
      this.outcomes[caller] = outcome
      this.settlings[caller] = (this.settlings[caller] ?? 0) + 1
    }
    this.cache.fetch(key, load, { tags, forceRefresh: force, staleIfErrorMs, signal: controller.signal }).then(
      (value) => settle(`value ${value}`),
      (reason: unknown) => settle(reason === 'leave' ? 'aborted' : 'failed'),
    )
  }

  end(key: string, value: number | undefined): void {
    const load = this.running.get(key)
    if (load === undefined || load.signal.aborted) return
    this.running.delete(key)
    if (value === undefined) load.result.reject(down)
    else load.result.resolve(value)
  }

  abort(n: number): void {
    const waiting = this.callers.filter((_, caller) => this.outcomes[caller] === undefined)
    waiting[n % waiting.length]?.abort('leave')
  }
}

type Both = Pick<LoadingOracle, 'fetch' | 'end' | 'abort'>

class Step implements fc.AsyncCommand<LoadingOracle, Subject> {
  readonly #name: string
  readonly #real: (subject: Subject, value: number) => unknown
  readonly #naive: (oracle: LoadingOracle, value: number) => unknown
  static #value = 0

  constructor(
    name: string,
    real: (s: Subject, value: number) => unknown,
    naive: (o: LoadingOracle, value: number) => unknown,
  ) {
    this.#name = name
    this.#real = real
    this.#naive = naive
  }

  /** The same call on both. */
  static same(name: string, act: (side: Both, value: number) => void): Step {
    return new Step(name, act, act)
  }

  check(): boolean {
    return true
  }

  async run(oracle: LoadingOracle, subject: Subject): Promise<void> {
    const value = ++Step.#value
    this.#real(subject, value)
    this.#naive(oracle, value)
    await settled()
    compare(oracle, subject)
  }

  toString(): string {
    return this.#name
  }
}

function compare(oracle: LoadingOracle, subject: Subject): void {
  const { cache } = subject
  checkStructure(cache)
  expect(subject.outcomes).toEqual(oracle.outcomes)
  expect(subject.settlings).toEqual(oracle.outcomes.map((outcome) => (outcome === undefined ? 0 : 1)))
  expect(subject.begun).toEqual(oracle.begun)
  for (const key of KEYS) expect([key, cache.peek(key)]).toEqual([key, oracle.live(key)?.value])
  expect(subject.failed).toBe(oracle.failed)
  expect(cache.getCacheStats()).toMatchObject({
    inflight: oracle.loads.size,
    loads: oracle.begun.length,
    loadFailures: oracle.failed,
    staleServed: oracle.staleServed,
  })
}

const key = fc.constantFrom(...KEYS)
const tag = fc.constantFrom(undefined, 'x', 'y')

const fetching = fc
  .tuple(key, tag, fc.boolean(), fc.constantFrom(0, 3, 30))
  .map(([k, t, force, staleMs]) =>
    Step.same(`fetch(${k}, tag ${t}${force ? ', forceRefresh' : ''}, staleIfErrorMs ${staleMs})`, (side) =>
      side.fetch(k, t, force, staleMs),
    ),
  )
const ending = fc
  .tuple(key, fc.boolean())
  .map(([k, well]) =>
    Step.same(`${well ? 'land' : 'fail'}(${k})`, (side, value) => side.end(k, well ? value : undefined)),
  )
const rest = fc.oneof(
  fc.constantFrom(1, 5, 20).map((ms) => {
    const real = ({ clock }: Subject): void => clock.advance(ms)
    return new Step(`${ms} ms pass`, real, (oracle) => {
      oracle.now += ms
    })
  }),
  fc.nat(20).map((n) => Step.same(`abort(${n})`, (side) => side.abort(n))),
  fc.tuple(key, tag).map(([k, t]) => {
    const tags = t === undefined ? undefined : [t]
    return new Step(
      `set(${k}, tag ${t})`,
      ({ cache }, value) => cache.set(k, value, { tags }),
      (oracle, value) => oracle.set(k, value, t),
    )
  }),
  key.map(
    (k) =>
      new Step(
        `delete(${k})`,
        ({ cache }) => cache.delete(k),
        (oracle) => oracle.delete(k),
      ),
  ),
  fc.constantFrom('x', 'y').map(
    (t) =>
      new Step(
        `invalidateTag(${t})`,
        ({ cache }) => cache.invalidateTag(t),
        (oracle) => oracle.invalidate(t),
      ),
  ),
  fc.constant(
    new Step(
      'clear()',
      ({ cache }) => cache.clear(),
      (oracle) => oracle.clear(),
    ),
  ),
)

describe('loading', () => {
  it.each<[string, Windows]>([
    ['without windows', { ttlMs: 5, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, errorTtlMs: 0 }],
    ['stale while revalidating', { ttlMs: 5, staleWhileRevalidateMs: 20, staleIfErrorMs: 0, errorTtlMs: 0 }],
    ['stale if error', { ttlMs: 5, staleWhileRevalidateMs: 0, staleIfErrorMs: 30, errorTtlMs: 0 }],
    ['with all of it', { ttlMs: 5, staleWhileRevalidateMs: 6, staleIfErrorMs: 30, errorTtlMs: 7 }],
  ])('does what maps and a virtual clock do, %s', { timeout: 60_000 }, async (_, windows) => {
    const run = fc.commands([fetching, fetching, ending, rest], { maxCommands: 60, size: 'max' })
    const property = fc.asyncProperty(run, async (commands) => {
      await fc.asyncModelRun(() => ({ model: new LoadingOracle(windows), real: new Subject(windows) }), commands)
    })
    await fc.assert(property, { numRuns: 80 })
  })
})
