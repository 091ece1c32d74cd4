/** Options of a cache and of a call, as far as the oracle knows them. */
export interface Windows {
  readonly ttlMs: number
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  readonly errorTtlMs: number
}

interface Entry {
  readonly value: number
  readonly deadline: number
  readonly tag: string | undefined
}

interface Waiter {
  readonly caller: number
  readonly staleMs: number
}

interface Load {
  readonly id: number
  readonly tag: string | undefined
  waiters: Waiter[]
  stale: Entry | undefined
  outdated: boolean
  next: Load | undefined
}

/**
 * Loading as one would write it to be read: entries that are never evicted, the running load of each key, the one that
 * waits for its end, failures. Every step of the real cache is one method here.
 */
export class LoadingOracle {
  now = 0
  readonly windows: Windows
  readonly entries: Map<string, Entry> = new Map()
  readonly loads: Map<string, Load> = new Map()
  readonly failures: Map<string, number> = new Map()
  /** What each caller got, `undefined` while it waits. */
  readonly outcomes: (string | undefined)[] = []
  /** Loads begun, in order: the caller whose loader runs. */
  readonly begun: number[] = []
  staleServed = 0
  failed = 0

  constructor(windows: Windows) {
    this.windows = windows
  }

  live(key: string): Entry | undefined {
    const entry = this.entries.get(key)
    return entry !== undefined && this.now < entry.deadline ? entry : undefined
  }

  fetch(key: string, tag: string | undefined, force: boolean, staleIfErrorMs: number): void {
    const caller = this.outcomes.push(undefined) - 1
    const { staleWhileRevalidateMs } = this.windows
    const entry = force ? undefined : this.entries.get(key)
    const past = entry === undefined ? 0 : this.now - entry.deadline
    const failure = force ? undefined : this.#failure(key)
    if (entry !== undefined && past < 0) this.outcomes[caller] = `value ${entry.value}`
    else if (entry !== undefined && past < staleWhileRevalidateMs) {
      this.#serve(caller, entry)
      if (failure === undefined && !this.loads.has(key)) this.#begin(key, this.#load(caller, tag, entry))
    } else if (failure !== undefined && !this.loads.has(key)) {
      if (entry !== undefined && past < staleIfErrorMs) this.#serve(caller, entry)
      else this.outcomes[caller] = 'failed'
    } else {
      const kept = past < Math.max(staleWhileRevalidateMs, this.windows.staleIfErrorMs) ? entry : undefined
      const waiter = { caller, staleMs: force ? 0 : staleIfErrorMs }
      let running = this.loads.get(key)
      // Nobody waits for it, and it is worth nothing.
      if (running?.outdated === true && running.waiters.length === 0) running = undefined
      if (running === undefined) {
        const load = this.#load(caller, tag, kept)
        load.waiters.push(waiter)
        this.#begin(key, load)
      } else if (running.outdated) {
        running.next ??= this.#load(caller, tag, kept)
        running.next.stale ??= kept
        running.next.waiters.push(waiter)
      } else {
        running.stale ??= kept
        running.waiters.push(waiter)
      }
    }
  }

  set(key: string, value: number, tag: string | undefined): void {
    this.failures.delete(key)
    const load = this.loads.get(key)
    if (load !== undefined) {
      this.#outdate(key, load)
      for (const { caller } of load.next?.waiters ?? []) this.outcomes[caller] = `value ${value}`
      load.next = undefined
    }
    this.entries.set(key, { value, deadline: this.now + this.windows.ttlMs, tag })
  }

  delete(key: string): void {
    this.failures.delete(key)
    this.entries.delete(key)
    const load = this.loads.get(key)
    if (load !== undefined) this.#outdate(key, load)
  }

  clear(): void {
    for (const key of [...this.entries.keys(), ...this.loads.keys(), ...this.failures.keys()]) this.delete(key)
  }

  invalidate(tag: string): void {
    this.failures.clear()
    for (const [key, entry] of this.entries) if (entry.tag === tag) this.entries.delete(key)
    for (const load of this.loads.values()) {
      // Noticed when the next caller comes.
      if (load.tag === tag) load.outdated = true
      if (load.stale?.tag === tag) load.stale = undefined
      if (load.next?.stale?.tag === tag) load.next.stale = undefined
    }
  }

  /** The running load of the key ends with a value, or fails. */
  end(key: string, value: number | undefined): void {
    const load = this.loads.get(key)
    if (load === undefined) return
    if (value === undefined) {
      this.failed++
      if (!load.outdated && this.windows.errorTtlMs > 0) this.failures.set(key, this.now + this.windows.errorTtlMs)
    } else if (!load.outdated) {
      this.failures.delete(key)
      this.entries.set(key, { value, deadline: this.now + this.windows.ttlMs, tag: load.tag })
    }
    for (const { caller, staleMs } of load.waiters) {
      if (value !== undefined) this.outcomes[caller] = `value ${value}`
      else if (load.stale !== undefined && this.now - load.stale.deadline < staleMs) this.#serve(caller, load.stale)
      else this.outcomes[caller] = 'failed'
    }
    this.#succeed(key, load)
  }

  /** The n-th of those who wait leaves. */
  abort(n: number): void {
    const waiting = this.outcomes.flatMap((outcome, caller) => (outcome === undefined ? [caller] : []))
    const leaver = waiting[n % waiting.length]
    if (leaver === undefined) return
    this.outcomes[leaver] = 'aborted'
    for (const [key, load] of this.loads) {
      for (const each of [load, load.next]) {
        if (each === undefined || !each.waiters.some(({ caller }) => caller === leaver)) continue
        each.waiters = each.waiters.filter(({ caller }) => caller !== leaver)
        if (each.waiters.length > 0) return
        if (each === load) this.#succeed(key, load)
        else load.next = undefined
        return
      }
    }
  }

  #failure(key: string): number | undefined {
    const until = this.failures.get(key)
    return until !== undefined && this.now < until ? until : undefined
  }

  #serve(caller: number, entry: Entry): void {
    this.outcomes[caller] = `value ${entry.value}`
    this.staleServed++
  }

  #load(id: number, tag: string | undefined, stale: Entry | undefined): Load {
    return { id, tag, waiters: [], stale, outdated: false, next: undefined }
  }

  #begin(key: string, load: Load): void {
    this.loads.set(key, load)
    this.begun.push(load.id)
  }

  #outdate(key: string, load: Load): void {
    load.outdated = true
    load.stale = undefined
    if (load.next !== undefined) load.next.stale = undefined
    if (load.waiters.length === 0) this.loads.delete(key)
  }

  #succeed(key: string, { next }: Load): void {
    if (next === undefined) this.loads.delete(key)
    else this.#begin(key, next)
  }
}
