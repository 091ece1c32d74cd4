// Time that moves only when told to, for the length of one vector. Both clocks of the platform and its timers are
// replaced, so that an implementation which looks at the wrong one is found out.
//
//   monotonic   0 ──advance──► 500 ──advance──► 1,500          performance.now(), timers
//   wall        epoch + monotonic + jumps                      Date.now()

const EPOCH = Date.UTC(2026, 0, 1)

interface Timer {
  readonly id: number
  due: number
  readonly everyMs: number | undefined
  readonly fire: () => void
}

/** What `setTimeout` of Node answers, as far as the peers look at it. */
interface Handle {
  readonly id: number
  unref(): Handle
  ref(): Handle
  hasRef(): boolean
  [Symbol.toPrimitive](): number
}

/** Promise callbacks and what they start in turn. The deepest chain of a peer (cockatiel) is about ten long. */
export async function flushMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 24; turn++) await undefined
}

export class VirtualTime {
  #now = 0
  #jumps = 0
  #lastId = 0
  readonly #timers = new Map<number, Timer>()
  #restore: (() => void) | undefined

  /** Monotonic milliseconds. */
  now(): number {
    return this.#now
  }

  /** Replaces the clocks and timers of this process until `uninstall`. */
  install(): void {
    const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis
    const wallClock = Date.now
    const monotonicClock = performance.now
    Date.now = () => EPOCH + this.#now + this.#jumps
    performance.now = () => this.#now
    const start =
      (repeat: boolean) =>
      (fire: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Handle =>
        this.#start(() => fire(...args), ms, repeat)
    const stop = (handle: unknown): void => {
      if (handle !== undefined && handle !== null) this.#timers.delete(Number(handle))
    }
    Object.assign(globalThis, {
      setTimeout: start(false),
      setInterval: start(true),
      clearTimeout: stop,
      clearInterval: stop,
    })
    this.#restore = () => {
      Date.now = wallClock
      performance.now = monotonicClock
      Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval })
    }
  }

  uninstall(): void {
    this.#restore?.()
    this.#restore = undefined
  }

  /**
   * Moves both clocks; timers fire in order, each at its own moment, with the promises they settle. A turn of the real
   * event loop comes first: outside of tests, too, time passes between turns.
   */
  async advance(ms: number): Promise<void> {
    if (ms > 0) await new Promise((passed) => setImmediate(passed))
    const end = this.#now + ms
    for (;;) {
      let next: Timer | undefined
      for (const timer of this.#timers.values()) {
        if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer
      }
      if (next === undefined) break
      this.#now = Math.max(this.#now, next.due)
      if (next.everyMs === undefined) this.#timers.delete(next.id)
      else next.due += next.everyMs
      next.fire()
      await flushMicrotasks()
    }
    this.#now = end
  }

  /** Somebody sets the time of day. */
  jumpWallClock(ms: number): void {
    this.#jumps += ms
  }

  #start(fire: () => void, ms: number, repeat: boolean): Handle {
    const id = ++this.#lastId
    const delay = Math.max(1, ms)
    this.#timers.set(id, { id, due: this.#now + delay, everyMs: repeat ? delay : undefined, fire })
    const handle: Handle = {
      id,
      unref: () => handle,
      ref: () => handle,
      hasRef: () => false,
      [Symbol.toPrimitive]: () => id,
    }
    return handle
  }
}
