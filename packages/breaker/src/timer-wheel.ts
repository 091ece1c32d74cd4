import type { Clock } from './clock.ts'
import { rethrowLater } from './rethrow.ts'
import { maxTimerMs } from './settings.ts'
import { atEndOfTurn, knowsTurns, type TurnListener } from './turn.ts'

/** An entry of the wheel; it carries its own links, so that setting a limit allocates nothing. */
export interface Deadline {
  deadline: number
  previous: Deadline | undefined
  next: Deadline | undefined
  /** Slot it is in, or -1. */
  slot: number
  /** Called once, after the entry has left the wheel. */
  expire(): void
}

/** 512 slots of 16 ms: one turn of 8.2 s holds what most calls may take. */
const slots = 512
const slotMs = 16

/**
 * Time limits of all calls in flight, of any length, on one timer.
 *
 * ```
 *   slot = floor(deadline / 16 ms) mod 512        timer ──► the earliest deadline
 *
 *    0     1     2     3    …   511
 *   ┌──┐  ┌──┐  ┌──┐  ┌──┐     ┌──┐
 *   │  │  │● │  │  │  │● │     │  │   a list a slot; a limit beyond the turn waits in its slot for the next ones
 *   └──┘  │● │  └──┘  └──┘     └──┘
 *         └──┘
 * ```
 *
 * `add` and `remove` are O(1). The timer never keeps the process alive, and is gone at the end of the turn in which
 * the last limit was removed. Algorithm: hashed timing wheel, Varghese and Lauck 1987, scheme 6.
 */
export class TimerWheel implements TurnListener {
  readonly #clock: Clock
  readonly #heads: (Deadline | undefined)[] = new Array<Deadline | undefined>(slots).fill(undefined)
  readonly #tails: (Deadline | undefined)[] = new Array<Deadline | undefined>(slots).fill(undefined)
  #size = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Moment the timer is set for. */
  #dueAt = Number.POSITIVE_INFINITY
  #clearing = false
  readonly #tick = (): void => this.#expireDue()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Limits set now. */
  get size(): number {
    return this.#size
  }

  /** O(1). */
  add(entry: Deadline, now: number, limitMs: number): void {
    const deadline = now + limitMs
    const slot = slotOf(deadline)
    const tail = this.#tails[slot]
    entry.deadline = deadline
    entry.slot = slot
    entry.previous = tail
    if (tail === undefined) this.#heads[slot] = entry
    else tail.next = entry
    this.#tails[slot] = entry
    this.#size++
    if (deadline < this.#dueAt) this.#setTimer(deadline, limitMs)
    // The loop was busy, or somebody replaced the timers and took ours with them (fake timers do): ask again.
    else if (now > this.#dueAt) this.#setTimer(this.#dueAt, 1)
  }

  /** O(1); no effect on an entry that is not in the wheel. */
  remove(entry: Deadline): void {
    const { slot, previous, next } = entry
    if (slot === -1) return
    entry.slot = -1
    if (previous === undefined) this.#heads[slot] = next
    else previous.next = next
    if (next === undefined) this.#tails[slot] = previous
    else next.previous = previous
    entry.previous = undefined
    entry.next = undefined
    this.#size--
    if (this.#size > 0 || this.#clearing) return
    // The next call is likely to come at once; setting a timer anew for each costs ten times the rest of a limit.
    this.#clearing = knowsTurns
    if (knowsTurns) atEndOfTurn(this)
    else this.#clearTimer()
  }

  endTurn(): void {
    this.#clearing = false
    if (this.#size === 0) this.#clearTimer()
  }

  #expireDue(): void {
    const now = this.#clock.now()
    const first = Math.floor(this.#dueAt / slotMs)
    const last = Math.min(Math.floor(now / slotMs), first + slots - 1)
    this.#clearTimer()
    for (let number = first; number <= last; number++) this.#expireSlot(((number % slots) + slots) % slots, now)
    if (this.#size === 0) return
    const next = this.#earliest(now)
    // What expired may have set limits of its own, and with them the timer.
    if (next < this.#dueAt) this.#setTimer(next, next - now)
  }

  #expireSlot(slot: number, now: number): void {
    let entry = this.#heads[slot]
    while (entry !== undefined) {
      if (entry.deadline > now) {
        entry = entry.next
        continue
      }
      this.remove(entry)
      // What one entry throws must not keep the others, which share this timer, from ending.
      try {
        entry.expire()
      } catch (error) {
        rethrowLater(error)
      }
      // From the start: what expire() wakes up may have removed entries or added new ones.
      entry = this.#heads[slot]
    }
  }

  /** The earliest deadline within one turn of the wheel, or the end of that turn. O(slots), once a firing. */
  #earliest(now: number): number {
    const first = Math.floor(now / slotMs)
    for (let number = first; number < first + slots; number++) {
      let earliest = Number.POSITIVE_INFINITY
      for (let entry = this.#heads[((number % slots) + slots) % slots]; entry !== undefined; entry = entry.next) {
        if (entry.deadline < earliest && entry.deadline < (number + 1) * slotMs) earliest = entry.deadline
      }
      if (earliest < Number.POSITIVE_INFINITY) return earliest
    }
    return (first + slots) * slotMs
  }

  #setTimer(at: number, delayMs: number): void {
    clearTimeout(this.#timer)
    this.#dueAt = at
    // A timer may fire up to 1 ms before the clock says so; then it is set again for the rest.
    const timer = setTimeout(this.#tick, Math.min(Math.max(1, Math.ceil(delayMs)), maxTimerMs))
    this.#timer = timer
    // In browsers a timer is a number and keeps nothing alive.
    if (typeof timer === 'object') timer.unref()
  }

  #clearTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
  }
}

const wheels = new WeakMap<Clock, TimerWheel>()

/** The wheel of all breakers that share a clock: one in the process unless clocks are injected. */
export function wheelOf(clock: Clock): TimerWheel {
  let wheel = wheels.get(clock)
  if (wheel === undefined) {
    wheel = new TimerWheel(clock)
    wheels.set(clock, wheel)
  }
  return wheel
}

function slotOf(deadline: number): number {
  const slot = Math.floor(deadline / slotMs) % slots
  return slot < 0 ? slot + slots : slot
}
