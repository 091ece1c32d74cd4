import type { DisposeReason } from '../src/index.ts'

export interface Report {
  readonly key: unknown
  readonly value: number
  readonly reason: DisposeReason
}

interface Entry {
  readonly key: unknown
  readonly value: number
  readonly deadline: number
}

interface Load {
  /** Caller whose loader runs. */
  readonly starter: number
  readonly ttlMs: number
  callers: number[]
  outdated: boolean
  next: Load | undefined
}

/** What a caller of fetch got: undefined while it waits. */
export type Outcome = string | undefined

/**
 * The cache as one would write it to be read and not to be run: an array, newest first, a Map of loads, a virtual clock.
 * When an expired entry leaves memory is the one thing it does not foresee (the sweep decides): it takes reports of
 * `expire` from the real cache and checks that the entry was expired indeed.
 */
export class Oracle {
  max: number
  now = 0
  readonly ttlMs: number
  /** Newest first. */
  entries: Entry[] = []
  /** Reports of the running step, but for `expire`. */
  expected: Report[] = []
  loads: Map<unknown, Load> = new Map()
  outcomes: Outcome[] = []
  /** Callers whose loaders were called, in order. */
  started: number[] = []
  lastValue = 0
  inserted = 0
  disposed = 0
  /** Expired entries taken over in the running step. */
  absorbed = 0
  hits = 0
  misses = 0

  constructor(max: number, ttlMs: number) {
    this.max = max
    this.ttlMs = ttlMs
  }

  expired(entry: Entry): boolean {
    return entry.deadline <= this.now
  }

  live(key: unknown): Entry | undefined {
    return this.entries.find((entry) => same(entry.key, key) && !this.expired(entry))
  }

  /** Takes over what the real cache reported as expired; returns the other reports. */
  absorbExpired(reports: readonly Report[]): Report[] {
    this.absorbed = 0
    return reports.filter((report) => {
      if (report.reason !== 'expire') return true
      const at = this.entries.findIndex((entry) => same(entry.key, report.key) && entry.value === report.value)
      const entry = this.entries[at]
      if (entry === undefined) throw new Error(`reported an entry that is not there: ${String(report.key)}`)
      if (!this.expired(entry)) throw new Error(`expired too early: ${String(report.key)}`)
      this.entries.splice(at, 1)
      this.disposed++
      this.absorbed++
      return false
    })
  }

  #drop(entry: Entry, reason: DisposeReason): void {
    this.entries = this.entries.filter((other) => other !== entry)
    this.expected.push({ key: entry.key, value: entry.value, reason })
    this.disposed++
  }

  get(key: unknown): number | undefined {
    const entry = this.live(key)
    if (entry === undefined) {
      this.misses++
      return undefined
    }
    this.hits++
    this.entries = [entry, ...this.entries.filter((other) => other !== entry)]
    return entry.value
  }

  set(key: unknown, value: number, ttlMs: number = this.ttlMs): void {
    const load = this.loads.get(key)
    if (load !== undefined) load.outdated = true
    if (ttlMs === 0) {
      this.#replace(key)
      return
    }
    if (load?.next !== undefined) {
      for (const caller of load.next.callers) this.outcomes[caller] = `value ${value}`
      load.next = undefined
    }
    this.store(key, value, ttlMs)
  }

  store(key: unknown, value: number, ttlMs: number): void {
    this.#replace(key)
    const oldest = this.entries.at(-1)
    if (this.entries.length >= this.max && oldest !== undefined) this.#drop(oldest, 'evict')
    this.entries.unshift({ key: key === 0 ? 0 : key, value, deadline: this.now + ttlMs })
    this.inserted++
  }

  #replace(key: unknown): void {
    const old = this.live(key)
    if (old !== undefined) this.#drop(old, 'set')
  }

  delete(key: unknown): boolean {
    const load = this.loads.get(key)
    if (load !== undefined) load.outdated = true
    const entry = this.live(key)
    if (entry !== undefined) this.#drop(entry, 'delete')
    return entry !== undefined
  }

  clear(): void {
    for (const load of this.loads.values()) load.outdated = true
    for (const entry of this.entries) this.#drop(entry, 'clear')
  }

  /** Answer of purgeExpired: all of them, which the step has taken over by now. */
  purged(): number {
    if (this.entries.some((entry) => this.expired(entry))) throw new Error('not all expired entries were purged')
    return this.absorbed
  }

  resize(max: number): void {
    this.max = max
    while (this.entries.length > max) this.#drop(this.entries.at(-1) as Entry, 'evict')
  }

  fetch(key: unknown, ttlMs: number = this.ttlMs, forceRefresh = false): void {
    const caller = this.outcomes.push(undefined) - 1
    if (forceRefresh) this.misses++
    else {
      const value = this.get(key)
      if (value !== undefined) {
        this.outcomes[caller] = `value ${value}`
        return
      }
    }
    const begin = (): Load => {
      return { starter: caller, ttlMs, callers: [], outdated: false, next: undefined }
    }
    let load = this.loads.get(key)
    if (load === undefined) {
      load = begin()
      this.loads.set(key, load)
      this.#start(load)
    } else if (load.outdated) {
      load.next ??= begin()
      load = load.next
    }
    load.callers.push(caller)
  }

  /** The running load of the key ends with a value, or fails. */
  end(key: unknown, value: number | undefined): void {
    const load = this.loads.get(key)
    if (load === undefined) return
    if (value !== undefined && !load.outdated) {
      if (load.ttlMs === 0) this.#replace(key)
      else this.store(key, value, load.ttlMs)
    }
    for (const caller of load.callers) this.outcomes[caller] = value === undefined ? 'failed' : `value ${value}`
    this.#succeed(key, load)
  }

  /** The n-th of those who wait leaves. */
  abort(n: number): void {
    const waiting = this.outcomes.flatMap((outcome, caller) => (outcome === undefined ? [caller] : []))
    const caller = waiting[n % waiting.length]
    if (caller === undefined) return
    for (const [key, load] of this.loads) {
      for (const each of [load, load.next]) {
        if (each === undefined || !each.callers.includes(caller)) continue
        each.callers = each.callers.filter((other) => other !== caller)
        this.outcomes[caller] = 'aborted'
        if (each.callers.length > 0) return
        if (each === load) this.#succeed(key, load)
        else load.next = undefined
        return
      }
    }
  }

  #succeed(key: unknown, load: Load): void {
    if (load.next === undefined) this.loads.delete(key)
    else {
      this.loads.set(key, load.next)
      this.#start(load.next)
    }
  }

  #start(load: Load): void {
    this.started.push(load.starter)
  }
}

/** Keys that are one and the same to a Map. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}
