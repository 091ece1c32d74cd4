/** A source of time: monotonic milliseconds from any origin. Finite when the cache is made. */
export interface Clock {
  now(): number
}

// Reading `performance.now()` costs about 45 ns (Node 24; 56 ns on Node 20), three times a `Map.get`. A lookup may
// therefore take the time of an earlier one, under rules that keep the error out of sight:
//
//   lookups   1 ······ 16 │ 17 ················ 80 │ 81   │ 82 ················ 145 │ 146  │ …
//   clock     read each   │ not read               │ read │ not read                │ read │
//                         └─ only when the lookups since the last break took less than 32 µs, and only until the
//                            running code returns to the event loop or writes to the cache: then it begins again at 1
//
// A cache that is asked now and then reads the clock every time; a tight loop of lookups reads it at every 65th. There
// is no timer: a microtask ends the credit, and it is queued only when a credit is given.

const WATCHED_LOOKUPS = 16
const CREDITED_LOOKUPS = 64
/** 2 µs for each of 16 lookups, 0.5 µs for each of 65: well above what a lookup costs, far below any I/O. */
const HOT_RUN_MS = 0.032

/**
 * Time for deadlines: starts at 0, never goes back (a clock that does stands still until it catches up; NaN counts as
 * no progress). An injected clock is read at every use, the default one as drawn above.
 */
export class CacheClock {
  readonly #source: Clock
  readonly #coarse: boolean
  readonly #origin: number
  /** The time read last; what is compared with deadlines. In a field, since a number that is passed on has to be boxed. */
  last = 0
  #credit = 0
  #watched = 0
  #watchedSince = 0
  #ending = false
  // One function for the life of the clock: giving a credit allocates nothing here.
  readonly #endCredit = (): void => {
    this.#ending = false
    this.#credit = 0
    this.#watched = 0
  }

  constructor(source?: Clock) {
    this.#coarse = source === undefined
    // Looked up at every read: fake timers that replace `performance` keep working.
    this.#source = source ?? { now: () => performance.now() }
    this.#origin = this.#source.now()
    if (!Number.isFinite(this.#origin)) {
      throw new TypeError(`clock.now() must return finite milliseconds, got ${this.#origin}`)
    }
  }

  /** Reads the source: for deadlines, sweeps and everything that changes the cache. */
  exact(): number {
    this.#credit = 0
    this.#watched = 0
    return this.#read()
  }

  /** Time for a lookup or a write; from the default clock, the time of one shortly before in the same synchronous run. */
  recent(): number {
    if (this.#credit > 0) {
      this.#credit--
      return this.last
    }
    const now = this.#read()
    if (this.#coarse) this.#watch(now)
    return now
  }

  #read(): number {
    const now = this.#source.now() - this.#origin
    if (now > this.last) this.last = now
    return this.last
  }

  #watch(now: number): void {
    if (++this.#watched === 1) this.#watchedSince = now
    if (this.#watched < WATCHED_LOOKUPS) return
    if (now - this.#watchedSince >= HOT_RUN_MS) {
      this.#watched = 0
      return
    }
    this.#credit = CREDITED_LOOKUPS
    // The credit over, one lookup decides on the next.
    this.#watched = WATCHED_LOOKUPS - 1
    this.#watchedSince = now
    if (!this.#ending) {
      this.#ending = true
      queueMicrotask(this.#endCredit)
    }
  }
}
