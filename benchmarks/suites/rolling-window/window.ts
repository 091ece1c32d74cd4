// What every design of this suite does: remember outcomes for a while, count them on demand.

/** Buckets of a design that forgets a bucket at a time; the breaker's default `rollingWindowBuckets`. */
export const BUCKETS = 10

export interface OutcomeCounts {
  readonly total: number
  readonly successes: number
  readonly failures: number
}

export interface RollingWindow {
  /** Adds an outcome at the clock's time, with whatever cleaning the design does on each record. */
  record(success: boolean): void
  /** Counts of the outcomes that are at most `windowMs` old. The result may be reused by the next read. */
  read(): OutcomeCounts
}

/** Milliseconds; moved by the case, so that no contender pays for (or gains by) its choice of clock. */
export interface Clock {
  now(): number
}

export interface WindowOptions {
  readonly windowMs: number
  /** Outcomes that a bounded design must be able to hold. */
  readonly capacity: number
  readonly clock: Clock
}

export interface WindowDesign {
  createWindow(options: WindowOptions): RollingWindow
}
