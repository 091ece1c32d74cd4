import type { ChurnOp } from './scenario.ts'

/** Of measured requests, in ms; null when there were none. */
export interface Percentiles {
  readonly p50: number | null
  readonly p90: number | null
  readonly p99: number | null
  readonly p999: number | null
}

/** Without failed replies; a time-out counts as `timeoutMs`. */
export interface Latency extends Percentiles {
  readonly mean: number | null
  readonly max: number | null
}

/** Which sessions a change of the set moved. Over the sessions that had a member as home when it happened. */
export interface KeysMoved {
  readonly op: ChurnOp
  readonly server: number
  readonly atMs: number
  /** Sessions with a request before the next change. */
  readonly seen: number
  /** Those of them whose home left the set: they must move. */
  readonly minimum: number
  /** Those, and those that left a present home for a reason other than overload, unavailable or spill. */
  readonly moved: number
}

export interface Affinity {
  /** Of requests whose session has a member as home: the share sent there. Null without such requests. */
  readonly kept: number | null
  /** Requests that gave their session another home, by reason. */
  readonly repins: {
    readonly overload: number
    readonly unavailable: number
    /** The home had left the set. */
    readonly removed: number
    readonly other: number
  }
  /** Requests sent elsewhere while the session kept its home. */
  readonly spills: number
  readonly keysMoved: readonly KeysMoved[]
}

/** One policy, one seed. Over the measured requests, where nothing else is said. */
export interface RunResult {
  readonly policy: string
  readonly seed: number
  /** All arrivals. */
  readonly requests: number
  /** Arrivals at or after `warmupMs`. */
  readonly measured: number
  /** Real time that the run took; the only figure that differs between two equal runs. */
  readonly wallMs: number
  readonly latencyMs: Latency
  readonly errorShare: number
  readonly timeoutShare: number
  /** Largest number queued and in service on one server in the whole run, warm-up included. */
  readonly maxInFlight: number
  readonly affinity: Affinity
  readonly ejections: number
  readonly panics: number
  /** The central-queue reference on the same trace. */
  readonly central: Percentiles
  /** Policy ÷ reference. */
  readonly ratio: Percentiles
  /** Equal for every policy of one scenario and seed: they met the same requests. */
  readonly traceHash: string
}
