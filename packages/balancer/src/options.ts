import type { Endpoint } from './endpoint.ts'
import type { ResolvedStrategy, StrategyName, StrategyOptions } from './selection/strategies.ts'

/** A monotonic clock in milliseconds. `Date` and `performance` both fit. */
export interface Clock {
  now(): number
}

/** What a session does whose endpoint is out. */
export type OnUnavailable = 'repin' | 'spill' | 'fail'

export interface SessionOptions {
  /**
   * How long a session stays pinned after its last request. Range 1 to 1e12 ms. Kept in steps of a thousandth of
   * itself, at most one second: a pin may live up to one step longer.
   * @default 18_000_000 (5 hours)
   */
  readonly ttlMs?: number | undefined
  /**
   * How long a session stays pinned at most, however often it is used. Range 1 to 1e12 ms, kept to 1/8,192 of itself.
   * @default no limit
   */
  readonly maxAgeMs?: number | undefined
  /**
   * Most sessions pinned at once; beyond it a new one replaces one of the least recently used. Range 1 to 5e7,
   * 17.6 bytes each, reserved as a whole with the first session.
   * @default 10_000
   */
  readonly max?: number | undefined
  /** The same limit as memory: as many sessions as fit. 256 to 8.8e8 bytes. Instead of `max`. */
  readonly maxBytes?: number | undefined
  /**
   * Four integers of 32 bits that key the hash of the session ids. Only for tests and for processes that must agree.
   * @default drawn from `crypto.getRandomValues`
   */
  readonly seed?: readonly number[] | undefined
  /**
   * - `spill`: goes to a temporary endpoint, the same one while it lasts, and returns when its own is back
   * - `repin`: is pinned to another one
   * - `fail`: gets none; `acquire` waits if the endpoint is at its cap
   *
   * An endpoint that was removed is left for good in any case.
   * @default `spill` under `auto`; under other strategies `spill` when the endpoint is ejected, cooling down or at its
   * cap, `repin` when `isAvailable` or `exclude` refuse it
   */
  readonly onUnavailable?: OnUnavailable | undefined
  /**
   * A session is pinned anew when a request costs more than `factor` times as much at its endpoint as at the best one.
   * 1 to 1e6; 4 follows the load, 10 keeps affinity. Needs a strategy that knows costs (`auto`, `p2c-ewma`, `p2c`,
   * `least-inflight`); false switches it off.
   * @default { factor: 10 } under `auto` and `p2c-ewma`, else false
   */
  readonly overload?: { readonly factor?: number | undefined } | false | undefined
  /**
   * After scale-out, moves sessions to endpoints that have fewer than their share, each with its next request, at most
   * this share of all sessions per minute. Above 0, at most 1.
   * @default false: adding an endpoint moves no session
   */
  readonly rebalance?: { readonly sharePerMinute?: number | undefined } | false | undefined
}

export interface EjectionOptions {
  /** Failures in a row after which an endpoint is ejected, 1 to 1e6. @default 5 */
  readonly consecutiveFailures?: number | undefined
  /** For how long the first time; each further ejection doubles it. 1 to 1e9 ms. @default 2000 */
  readonly baseMs?: number | undefined
  /** The longest ejection, 1 to 1e9 ms. @default 300_000 */
  readonly maxMs?: number | undefined
  /** Most of the set that may be ejected at once, 0 to 1, the next one counted in. @default 0.5 */
  readonly maxShare?: number | undefined
  /** A success this long after an ejection makes up for the past ones, 0 to 1e9 ms. @default 10_000 */
  readonly forgiveMs?: number | undefined
}

export interface SlowStartOptions {
  /** Time in which the share of a newcomer grows from a tenth to all of what falls to it. 1 to 1e9 ms. @default 10_000 */
  readonly windowMs?: number | undefined
}

export interface ZoneOptions {
  /** The zone that is preferred: where this process runs. */
  readonly local: string
  /** Endpoints elsewhere count for this part of their weight less: weight / penalty. 1 to 1e6. @default 2 */
  readonly penalty?: number | undefined
}

export interface QueueOptions {
  /** Most that may wait at once, 0 to 1e6; 0: nobody waits. @default 1000 */
  readonly max?: number | undefined
}

export interface RetryBudgetOptions {
  /** Retries and hedges per request, 0 to 1e3. @default 0.2 */
  readonly ratio?: number | undefined
  /** Retries and hedges allowed per second in any case, 0 to 1e6. @default 10 */
  readonly minPerSecond?: number | undefined
}

export interface SessionTokenOptions {
  /**
   * What the tokens are signed with: the first signs, all are accepted, so that a secret can be exchanged without
   * losing sessions. Each of 16 to 1024 characters.
   */
  readonly secrets: readonly string[]
  /** How long a token is good for, 1000 to 1e12 ms. @default 18_000_000 (5 hours) */
  readonly ttlMs?: number | undefined
}

export interface LoadBalancerOptions<T> {
  /**
   * How new work is placed: a name, or an object with a name and settings. Sessions that are pinned stay where they
   * are whatever the strategy.
   * @default 'auto'
   */
  readonly strategy?: StrategyName | StrategyOptions | undefined
  /**
   * Session stickiness; false switches the table off. The strategies that hash still use session ids.
   * @default { ttlMs: 18_000_000, max: 10_000 }
   */
  readonly session?: SessionOptions | false | undefined
  /** Signed tokens that carry a session's endpoint, for a cookie: stickiness without a table. @default off */
  readonly sessionToken?: SessionTokenOptions | undefined
  /**
   * Asked per candidate on each pick: a circuit breaker, a health check. Must answer at once with a boolean and must
   * not call the balancer back (ERR_BALANCER_REENTRANT). What it throws, the pick throws.
   * @default every endpoint is available
   */
  readonly isAvailable?: ((endpoint: Endpoint<T>) => boolean) | undefined
  /** Does without endpoints that fail again and again, for a while. @default on under `auto`, else false */
  readonly ejection?: EjectionOptions | boolean | undefined
  /**
   * Gives an endpoint that was added, or is back after an ejection, little work at first. Not for those given to the
   * constructor, and not under the hashing strategies.
   * @default on under `auto`, else false
   */
  readonly slowStart?: SlowStartOptions | boolean | undefined
  /** Prefers the endpoints of one zone, under the strategies that go by weight. @default none */
  readonly zone?: ZoneOptions | undefined
  /** Who waits in `acquire` and `run` while every endpoint is at its cap. @default { max: 1000 } */
  readonly queue?: QueueOptions | undefined
  /** Keeps retries and hedges of `run` from multiplying an outage; false: no limit. @default ratio 0.2, 10 per second */
  readonly retryBudget?: RetryBudgetOptions | false | undefined
  /**
   * Four integers that key the hash by which `rendezvous`, `ring` and `maglev` place. The same in all processes that
   * shall agree; it is not random by default, so that they do.
   * @default fixed
   */
  readonly hashSeed?: readonly number[] | undefined
  /** @default performance */
  readonly clock?: Clock | undefined
  /** Time of day in ms, for snapshots and tokens, which outlive the process. @default Date */
  readonly wallClock?: Clock | undefined
  /** Numbers from 0 up to 1, for strategies that draw and for slow start. @default Math.random */
  readonly random?: (() => number) | undefined
}

export type EjectionSettings = Required<{ [K in keyof EjectionOptions]: number }>
export type SlowStartSettings = { readonly windowMs: number }
export type ZoneSettings = { readonly local: string; readonly penalty: number }

export interface ResolvedSessionOptions {
  readonly ttlMs: number
  readonly maxAgeMs: number | undefined
  readonly max: number
  readonly seed: readonly number[] | undefined
  /** Undefined: as the strategy and the cause have it. */
  readonly onUnavailable: OnUnavailable | undefined
  /** 0: never. Undefined: as the strategy has it. */
  readonly overloadFactor: number | undefined
  /** 0: none. */
  readonly rebalanceShare: number
}

export interface ResolvedOptions<T> {
  readonly strategy: ResolvedStrategy
  readonly session: ResolvedSessionOptions | false
  readonly sessionToken: { readonly secrets: readonly string[]; readonly ttlMs: number } | null
  readonly isAvailable: ((endpoint: Endpoint<T>) => boolean) | undefined
  readonly ejection: EjectionSettings | null
  readonly slowStart: SlowStartSettings | null
  readonly zone: ZoneSettings | null
  readonly queueMax: number
  readonly retryBudget: { readonly ratio: number; readonly minPerSecond: number } | null
  readonly hashSeed: readonly number[]
  readonly clock: Clock
  readonly wallClock: Clock
  readonly random: () => number
}
