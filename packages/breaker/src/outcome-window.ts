/** How a settled call counts. `ignore` gives the permit back and leaves no trace in any rate. */
export type Outcome = 'success' | 'failure' | 'ignore'

/** The recent results that a closed circuit decides by. */
export interface OutcomeWindow {
  /** False when results leave by count only, so that recording one needs no clock. */
  readonly readsClock: boolean
  /** Results in the window as of the last `record`, `expire` or `clear`. */
  readonly total: number
  readonly failures: number
  /** Drops what is too old at `now`, then adds one result. O(1) amortised, allocates nothing. */
  record(success: boolean, now: number): void
  /** Drops what is too old at `now`; required before a read. */
  expire(now: number): void
  clear(): void
}
