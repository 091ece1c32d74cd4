/** How a settled call counts. `ignore` gives the permit back and leaves no trace in any rate. */
export type Outcome = 'success' | 'failure' | 'ignore'

/** The recent results that a closed circuit decides by. */
export interface OutcomeWindow {
  /** False when results leave by count only, so that recording one needs no clock. */
  readonly readsClock: boolean
  /** A clock read at least this often, in milliseconds, puts results close enough to when they came. */
  readonly resolutionMs: number
  /** Results in the window as of the last `record`, `expire` or `clear`; failures and slow ones among them. */
  readonly total: number
  readonly failures: number
  readonly slow: number
  /** Drops what is too old at `now`, then adds one result. O(1) amortised, allocates nothing. */
  record(success: boolean, slow: boolean, now: number): void
  /** Adds `count` successes that came at `now` or shortly after. */
  addSuccesses(count: number, now: number): void
  /** Drops what is too old at `now`; required before a read. */
  expire(now: number): void
  clear(): void
}

/** A window that can be saved and restored. */
export interface StoredWindow extends OutcomeWindow {
  /** What the window holds, oldest first. */
  export(now: number): readonly WindowCell[]
  /** Replaces what the window holds by cells of a window of the same shape, as if `downMs` had passed since. */
  import(cells: readonly WindowCell[], now: number, downMs: number): void
}

/**
 * Results of one age: all of a time bucket, or a single one of a count window. The age is in milliseconds, at the
 * moment of the export, of the bucket's beginning or of the result itself.
 */
export type WindowCell = readonly [ageMs: number, total: number, failures: number, slow: number]
