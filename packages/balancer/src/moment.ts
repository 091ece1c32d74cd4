// Reading `performance.now()` costs 35 to 50 ns (Node 24 on a virtual machine), more than the rest of a select. A call
// that needs the time for deadlines only may therefore take that of an earlier one:
//
//   glances   1 ······ 16 │ 17 ············· 48 │ 49   │ 50 ············· 81 │ 82   │ …
//   clock     read each   │ not read            │ read │ not read            │ read │
//                         └─ when those since the last break took less than 32 µs, and only until the running code
//                            returns to the event loop or somebody reads the time exactly: then it begins again at 1
//
// A balancer that is asked now and then reads the clock every time; a tight loop of selects at every 33rd. There is no
// timer: a microtask ends the credit, and it is queued only when a credit is given.

const WATCHED = 16
const CREDITED = 32
/** 2 µs for each of 16 calls, 1 µs for each of 33: well above what a select costs, far below any I/O. */
const HOT_RUN_MS = 0.032

/**
 * The time of the call in progress: one reading of the clock per call at most, however many parts ask for it. It is kept
 * in an array and handed on by a function small enough to be inlined: a number with a fraction that passes through a
 * field or the return of a larger function would be boxed, 16 bytes per call.
 */
export class Moment {
  readonly #clock: { now(): number }
  /** Whether glances may do without a reading. */
  readonly #coarse: boolean
  readonly #time: Float64Array = new Float64Array(1)
  readonly #watchedSince: Float64Array = new Float64Array(1)
  #credit = 0
  #watched = 0
  #ending = false
  // One function for the life of the balancer: giving a credit allocates nothing here.
  readonly #endCredit = (): void => {
    this.#ending = false
    this.#credit = 0
    this.#watched = 0
  }

  /** `coarse`: for the default clock. An injected one is read every time. */
  constructor(clock: { now(): number }, coarse: boolean) {
    this.#clock = clock
    this.#coarse = coarse
    this.#time[0] = clock.now()
  }

  /** Reads the clock: for latencies, and for everything that changes the set. NaN leaves the time where it was. */
  read(): void {
    this.#credit = 0
    this.#watched = 0
    this.#take()
  }

  /** Reads the clock, or leaves the time of a call shortly before in the same synchronous run: for deadlines. */
  glance(): void {
    if (this.#credit > 0) {
      this.#credit--
      return
    }
    this.#take()
    if (this.#coarse) this.#watch()
  }

  /** The time last read. */
  now(): number {
    return this.#time[0] as number
  }

  #take(): void {
    const now = this.#clock.now()
    if (!Number.isNaN(now)) this.#time[0] = now
  }

  #watch(): void {
    if (++this.#watched === 1) this.#watchedSince[0] = this.#time[0] as number
    if (this.#watched < WATCHED) return
    const took = (this.#time[0] as number) - (this.#watchedSince[0] as number)
    // No time at all: a clock that someone replaced and moves by hand, or one too coarse to tell.
    if (!(took > 0 && took < HOT_RUN_MS)) {
      this.#watched = 0
      return
    }
    this.#credit = CREDITED
    // The credit over, one glance decides on the next.
    this.#watched = WATCHED - 1
    this.#watchedSince[0] = this.#time[0] as number
    if (this.#ending) return
    this.#ending = true
    queueMicrotask(this.#endCredit)
  }
}
