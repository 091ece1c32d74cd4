import type { Clock } from './clock.ts'

/** An entry of the queue; it carries its own links, so that queueing it allocates nothing. */
export interface Deadline {
  deadline: number
  previous: Deadline | undefined
  next: Deadline | undefined
  queued: boolean
  /** Called once, after the entry has left the queue. */
  expire(): void
}

/**
 * Time limits of the calls in flight, all of the same length, on one timer.
 *
 * ```
 *   timer ──► head                         tail
 *            ┌──────┐ next ┌──────┐ next ┌──────┐
 *            │ 1030 │ ───► │ 1042 │ ───► │ 1055 │     one length: the order of arrival is the order of expiry
 *            └──────┘ ◄─── └──────┘ ◄─── └──────┘
 *               └── settled in time: unlinked in O(1); the timer stays and is set anew for whoever is first
 * ```
 *
 * The timer exists only while an entry is queued, and does not keep the process alive.
 */
export class DeadlineQueue {
  readonly #limitMs: number
  readonly #clock: Clock
  #head: Deadline | undefined
  #tail: Deadline | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #tick = (): void => this.#expireDue()

  constructor(limitMs: number, clock: Clock) {
    this.#limitMs = limitMs
    this.#clock = clock
  }

  /** O(1). */
  add(entry: Deadline, now: number): void {
    entry.deadline = now + this.#limitMs
    entry.queued = true
    entry.previous = this.#tail
    if (this.#tail === undefined) this.#head = entry
    else this.#tail.next = entry
    this.#tail = entry
    if (this.#timer === undefined) this.#setTimer(this.#limitMs)
  }

  /** O(1); no effect on an entry that is not queued. */
  remove(entry: Deadline): void {
    if (!entry.queued) return
    entry.queued = false
    if (entry.previous === undefined) this.#head = entry.next
    else entry.previous.next = entry.next
    if (entry.next === undefined) this.#tail = entry.previous
    else entry.next.previous = entry.previous
    entry.previous = undefined
    entry.next = undefined
    if (this.#head === undefined) this.#clearTimer()
  }

  #expireDue(): void {
    const now = this.#clock.now()
    let entry = this.#head
    while (entry !== undefined && entry.deadline <= now) {
      this.remove(entry)
      entry.expire()
      // Read again: what expire() wakes up may have removed entries or added new ones.
      entry = this.#head
    }
    this.#clearTimer()
    // A timer may fire up to 1 ms before the clock says so; then it is set again for the rest.
    if (entry !== undefined) this.#setTimer(Math.max(1, Math.ceil(entry.deadline - now)))
  }

  #setTimer(delayMs: number): void {
    const timer = setTimeout(this.#tick, delayMs)
    this.#timer = timer
    // In browsers a timer is a number and keeps nothing alive.
    if (typeof timer === 'object') timer.unref()
  }

  #clearTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
