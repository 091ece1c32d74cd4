import type { Endpoint } from './endpoint.ts'
import { resolveStrategy, type Strategy, type StrategyName } from './selection/strategies.ts'
import { checkNumber, checkRecord, show } from './validate.ts'

/** A monotonic clock in milliseconds. `Date` and `performance` both fit. */
export interface Clock {
  now(): number
}

export interface SessionOptions {
  /**
   * How long a session stays pinned after its last request. Range 1 to 1e12 ms. Kept in steps of a thousandth of
   * itself, at most one second: a pin may live up to one step longer.
   * @default 18_000_000 (5 hours)
   */
  readonly ttlMs?: number | undefined
  /**
   * Most sessions pinned at once; beyond it a new one replaces one of the least recently used. Range 1 to 5e7,
   * 17.6 bytes each, reserved as a whole with the first session.
   * @default 10_000
   */
  readonly max?: number | undefined
  /**
   * Four integers of 32 bits that key the hash of the session ids. Only for tests and for processes that must agree.
   * @default drawn from `crypto.getRandomValues`
   */
  readonly seed?: readonly number[] | undefined
}

export interface LoadBalancerOptions<T> {
  /**
   * How new work is placed. Sessions that are pinned stay where they are whatever the strategy.
   * @default 'round-robin'
   */
  readonly strategy?: StrategyName | undefined
  /**
   * Session stickiness; false switches it off and ignores session ids.
   * @default { ttlMs: 18_000_000, max: 10_000 }
   */
  readonly session?: SessionOptions | false | undefined
  /**
   * Asked per candidate on each pick: a circuit breaker, a health check. Must answer at once with a boolean and must
   * not call the balancer back (ERR_BALANCER_REENTRANT). What it throws, the pick throws.
   * @default every endpoint is available
   */
  readonly isAvailable?: ((endpoint: Endpoint<T>) => boolean) | undefined
  /** @default performance */
  readonly clock?: Clock | undefined
  /** Numbers from 0 up to 1. Used by `random`, and by `weighted` to start a new cycle. @default Math.random */
  readonly random?: (() => number) | undefined
}

export interface ResolvedSessionOptions {
  readonly ttlMs: number
  readonly max: number
  readonly seed: readonly number[] | undefined
}

export interface ResolvedOptions<T> {
  readonly strategy: Strategy
  readonly session: ResolvedSessionOptions | false
  readonly isAvailable: ((endpoint: Endpoint<T>) => boolean) | undefined
  readonly clock: Clock
  readonly random: () => number
}

const KEYS = ['strategy', 'session', 'isAvailable', 'clock', 'random'] as const
const SESSION_KEYS = ['ttlMs', 'max', 'seed'] as const

/** Checks every option once and fills in the defaults. Throws TypeError or RangeError naming the option. */
export function resolveOptions<T>(options: LoadBalancerOptions<T>): ResolvedOptions<T> {
  checkRecord('options', options, KEYS)
  return {
    strategy: resolveStrategy(options.strategy === undefined ? 'round-robin' : options.strategy),
    session: resolveSession(options.session),
    isAvailable: checkFunction('options.isAvailable', options.isAvailable),
    clock: checkClock(options.clock ?? performance),
    random: checkFunction('options.random', options.random) ?? Math.random,
  }
}

function resolveSession(session: SessionOptions | false | undefined): ResolvedSessionOptions | false {
  if (session === false) return false
  if (session === undefined) return resolveSession({})
  checkRecord('options.session', session, SESSION_KEYS)
  return {
    ttlMs: checkNumber('options.session.ttlMs', session.ttlMs ?? 18_000_000, { min: 1, max: 1e12, unit: ' ms' }),
    max: checkNumber('options.session.max', session.max ?? 10_000, { min: 1, max: 5e7, integer: true }),
    seed: checkSeed(session.seed),
  }
}

function checkSeed(seed: readonly number[] | undefined): readonly number[] | undefined {
  if (seed === undefined) return undefined
  if (!Array.isArray(seed) || seed.length !== 4) {
    throw new TypeError(`options.session.seed must be an array of 4 integers, got ${show(seed)}`)
  }
  for (const [index, word] of seed.entries()) {
    checkNumber(`options.session.seed[${index}]`, word, { min: -(2 ** 31), max: 2 ** 32 - 1, integer: true })
  }
  return [...seed]
}

function checkClock(clock: Clock): Clock {
  if (typeof clock?.now !== 'function') {
    throw new TypeError(`options.clock must be an object with a now() function, got ${show(clock)}`)
  }
  const now: unknown = clock.now()
  if (!Number.isFinite(now)) {
    throw new TypeError(`options.clock.now() must return a finite number of milliseconds, got ${show(now)}`)
  }
  return clock
}

function checkFunction<F>(name: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, got ${show(value)}`)
  }
  return value
}
