import { turnClock } from './turn-clock.ts'

/** Told when a deadline passed. `tag` is what the owner gave to the `Deadline`. */
export interface DeadlineOwner {
  deadlinePassed(deadline: Deadline): void
}

/** One point in time that can be moved. An element of at most one queue. */
export class Deadline {
  readonly owner: DeadlineOwner
  /** Length of the interval that is running, ms; 0 when not armed. */
  intervalMs = 0
  due = 0
  queue: DeadlineQueue | null = null
  previous: Deadline | null = null
  next: Deadline | null = null
  /** The queue it was in last. */
  recent: DeadlineQueue | null = null

  constructor(owner: DeadlineOwner) {
    this.owner = owner
  }
}

/**
 * Deadlines of one duration. Whoever is armed or touched last is due last, so the list is always in order and only its
 * head is looked at: one timer for all of them.
 *
 *      first ──► d1 ⇄ d2 ⇄ d3 ⇄ … ⇄ dn ◄── last        touch(d2): unlink, append; O(1)
 *      (timer)  due 40   55   70       99
 */
interface DeadlineQueue {
  readonly intervalMs: number
  first: Deadline | null
  last: Deadline | null
  timer: NodeJS.Timeout | null
  /** False once the queue went away. */
  isOpen: boolean
  readonly of: Deadlines
}

/**
 * Time-outs without a timer per item: one queue and one timer per distinct duration (durations come from configuration,
 * so there are few). Arm, touch and disarm are O(1); expiry is exact to the resolution of `setTimeout`. The timers are
 * unref'ed. A queue goes away when its timer finds it empty: to end it with its last deadline would cost a timer per
 * request where there is little traffic.
 */
export class Deadlines {
  readonly #queues = new Map<number, DeadlineQueue>()
  readonly #clock: { now(): number }

  /** @param clock monotonic milliseconds; default `performance` */
  constructor(clock: { now(): number } = performance) {
    this.#clock = clock
  }

  /** Starts, or starts again, an interval. 0 or less ms = off. */
  arm(deadline: Deadline, ms: number): void {
    this.disarm(deadline)
    if (ms <= 0) return
    // Most are armed with the duration they had before: no look-up then.
    const recent = deadline.recent
    const queue =
      recent !== null && recent.intervalMs === ms && recent.isOpen && recent.of === this ? recent : this.#queueOf(ms)
    deadline.recent = queue
    deadline.intervalMs = ms
    deadline.due = this.#clock.now() + ms
    append(queue, deadline)
    if (queue.timer === null) this.#startTimer(queue, ms)
  }

  /** Moves a running deadline one full interval away from now. */
  touch(deadline: Deadline): void {
    const { queue } = deadline
    if (queue === null) return
    deadline.due = this.#clock.now() + queue.intervalMs
    if (queue.last === deadline) return
    unlink(queue, deadline)
    append(queue, deadline)
  }

  disarm(deadline: Deadline): void {
    const { queue } = deadline
    if (queue === null) return
    unlink(queue, deadline)
    deadline.intervalMs = 0
  }

  /** Distinct durations that have a timer. */
  get queueCount(): number {
    return this.#queues.size
  }

  #queueOf(ms: number): DeadlineQueue {
    let queue = this.#queues.get(ms)
    if (queue === undefined) {
      queue = { intervalMs: ms, first: null, last: null, timer: null, isOpen: true, of: this }
      this.#queues.set(ms, queue)
    }
    return queue
  }

  #startTimer(queue: DeadlineQueue, ms: number): void {
    queue.timer = setTimeout(() => this.#expire(queue), ms)
    queue.timer.unref()
  }

  #expire(queue: DeadlineQueue): void {
    const now = this.#clock.now()
    let head = queue.first
    // Half a millisecond: setTimeout fires on whole ones, and a second timer for the rest would be the dearer error.
    while (head !== null && head.due <= now + 0.5) {
      unlink(queue, head)
      head.owner.deadlinePassed(head)
      head = queue.first
    }
    queue.timer = null
    if (head === null) {
      queue.isOpen = false
      this.#queues.delete(queue.intervalMs)
    } else this.#startTimer(queue, Math.max(1, Math.ceil(head.due - now)))
  }
}

/** The deadlines of the process: durations are shared by all servers and targets. */
export const deadlines: Deadlines = new Deadlines(turnClock)

function append(queue: DeadlineQueue, deadline: Deadline): void {
  deadline.queue = queue
  deadline.previous = queue.last
  deadline.next = null
  if (queue.last === null) queue.first = deadline
  else queue.last.next = deadline
  queue.last = deadline
}

function unlink(queue: DeadlineQueue, deadline: Deadline): void {
  if (deadline.previous === null) queue.first = deadline.next
  else deadline.previous.next = deadline.next
  if (deadline.next === null) queue.last = deadline.previous
  else deadline.next.previous = deadline.previous
  deadline.queue = null
  deadline.previous = null
  deadline.next = null
}
