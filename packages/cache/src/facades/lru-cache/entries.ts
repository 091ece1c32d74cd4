import { Autopurge } from './autopurge.ts'
import { isPositiveInteger } from './settings.ts'
import { Slots } from './slots.ts'
import type { DisposeReason, InsertReason, Options, Perf, SetOptions } from './types.ts'

/** The defaults that a cache's properties hold. */
export interface Defaults<K, V> {
  readonly ttl: number
  readonly noDisposeOnSet: boolean
  readonly noUpdateTTL: boolean
  readonly maxEntrySize: number
  readonly sizeCalculation: ((value: V, key: K) => number) | undefined
}

/** Entries with their bounds, TTLs and listeners: what of lru-cache is neither loading nor iteration. */
export class Entries<K, V> {
  readonly slots: Slots<K, V> = new Slots()
  readonly perf: Perf
  readonly max: number
  readonly maxSize: number
  calculatedSize = 0
  readonly #options: Options<K, V, never>
  readonly #defaults: Defaults<K, V>
  readonly #autopurge: Autopurge | undefined
  readonly #onInsert: Options<K, V, never>['onInsert']
  /** Whether anybody is told of what leaves. */
  readonly #listens: boolean
  /** Waiting for `disposeAfter`. */
  #left: [V, K, DisposeReason][] = []

  constructor(options: Options<K, V, never>, defaults: Defaults<K, V>) {
    this.#options = options
    this.#defaults = defaults
    this.max = options.max ?? 0
    this.maxSize = options.maxSize ?? 0
    this.perf = options.perf ?? performance
    this.#onInsert = options.onInsert
    this.#listens = (options.dispose ?? options.disposeAfter) !== undefined
    if (this.maxSize + (options.maxEntrySize ?? 0) > 0) this.slots.sizes = [0]
    if (isPositiveInteger(options.ttl)) this.slots.ttls = [0]
    if (options.ttlAutopurge === true) this.#autopurge = new Autopurge(() => this.#purge())
  }

  /** 0 if there is none; stale ones too. */
  find(key: K): number {
    return this.slots.slotOf.get(key) ?? 0
  }

  value(slot: number): V {
    return this.slots.values[slot] as V
  }

  key(slot: number): K {
    return this.slots.keys[slot] as K
  }

  /** Ms left of the TTL; negative when stale. */
  remaining(slot: number): number {
    const { ttls, starts } = this.slots
    const ttl = ttls?.[slot] ?? 0
    return ttl === 0 ? Number.POSITIVE_INFINITY : ttl - (this.perf.now() - (starts[slot] as number))
  }

  isStale(slot: number): boolean {
    return this.slots.ttls !== undefined && this.remaining(slot) < 0
  }

  /** Begins the TTL anew. */
  renew(slot: number): void {
    const { ttls, starts } = this.slots
    if (ttls === undefined || ttls[slot] === 0) return
    starts[slot] = this.perf.now()
    this.#autopurge?.schedule(ttls[slot] as number)
  }

  /** Returns whether it was stored: not if it is too large. */
  set(key: K, value: V, options: SetOptions<K, V>): boolean {
    const { slots } = this
    const size = this.#sizeOf(key, value, options)
    if (size !== 0 && this.#isTooLarge(size)) {
      this.remove(key, 'set')
      return false
    }
    let slot = this.find(key)
    let kind: InsertReason = 'add'
    if (slot === 0) {
      if (slots.count === this.max) this.evict()
      slot = slots.insert(key, value)
      if (size !== 0) this.#resize(slot, size)
    } else {
      const before = this.value(slot)
      kind = before === value ? 'update' : 'replace'
      slots.touch(slot)
      if (before !== value) {
        if (this.#listens && !(options.noDisposeOnSet ?? this.#defaults.noDisposeOnSet))
          this.#dispose(before, key, 'set')
        if (size !== 0) this.#resize(slot, size)
        slots.values[slot] = value
      }
    }
    const ttl = options.ttl ?? this.#defaults.ttl
    if (ttl !== 0 || slots.ttls !== undefined) {
      if (kind === 'add' || !(options.noUpdateTTL ?? this.#defaults.noUpdateTTL))
        this.#startTtl(slot, ttl, options.start)
    }
    if (this.#onInsert !== undefined) this.#onInsert(value, key, kind)
    if (this.#left.length > 0) this.flush()
    return true
  }

  /** Drops the oldest and returns its value. */
  evict(): V | undefined {
    const slot = this.slots.oldest
    if (slot === 0) return undefined
    const value = this.value(slot)
    this.#drop(slot, 'evict')
    return value
  }

  remove(key: K, reason: DisposeReason): boolean {
    const slot = this.find(key)
    if (slot === 0) return false
    this.#drop(slot, reason)
    this.flush()
    return true
  }

  clear(): void {
    const { slots } = this
    for (const slot of slots.list(false)) this.#dispose(this.value(slot), this.key(slot), 'delete')
    slots.clear()
    this.calculatedSize = 0
    this.#autopurge?.end()
    this.flush()
  }

  purgeStale(): boolean {
    let purged = false
    for (const slot of this.slots.list(false)) {
      if (this.isStale(slot)) purged = this.remove(this.key(slot), 'expire') || purged
    }
    return purged
  }

  /** Calls `disposeAfter` for what has left. */
  flush(): void {
    while (this.#left.length > 0) {
      const [value, key, reason] = this.#left.shift() as [V, K, DisposeReason]
      this.#options.disposeAfter?.(value, key, reason)
    }
  }

  #drop(slot: number, reason: DisposeReason): void {
    if (this.#listens) this.#dispose(this.value(slot), this.key(slot), reason)
    const { sizes } = this.slots
    if (sizes !== undefined) this.calculatedSize -= sizes[slot] as number
    this.slots.remove(slot)
  }

  /** The entry is the newest, so that others leave for it. */
  #resize(slot: number, size: number): void {
    const sizes = this.slots.sizes as number[]
    this.calculatedSize -= sizes[slot] ?? 0
    sizes[slot] = 0
    while (this.maxSize > 0 && this.calculatedSize + size > this.maxSize) this.evict()
    sizes[slot] = size
    this.calculatedSize += size
  }

  #dispose(value: V, key: K, reason: DisposeReason): void {
    this.#options.dispose?.(value, key, reason)
    if (this.#options.disposeAfter !== undefined) this.#left.push([value, key, reason])
  }

  /** 0 where sizes are not counted. */
  #sizeOf(key: K, value: V, options: SetOptions<K, V>): number {
    const { size = 0 } = options
    const sizeCalculation = options.sizeCalculation ?? this.#defaults.sizeCalculation
    if (this.slots.sizes === undefined) {
      if (size !== 0 || sizeCalculation !== undefined) {
        throw new TypeError('cannot set size without setting maxSize or maxEntrySize on cache')
      }
      return 0
    }
    if (isPositiveInteger(size)) return size
    if (typeof sizeCalculation !== 'function') {
      throw new TypeError(
        sizeCalculation === undefined
          ? 'invalid size value (must be positive integer). When maxSize or maxEntrySize is used, sizeCalculation or size must be set.'
          : 'sizeCalculation must be a function',
      )
    }
    const calculated = sizeCalculation(value, key)
    if (!isPositiveInteger(calculated)) {
      throw new TypeError('sizeCalculation return invalid (expect positive integer)')
    }
    return calculated
  }

  #isTooLarge(size: number): boolean {
    const { maxEntrySize } = this.#defaults
    return (maxEntrySize > 0 && size > maxEntrySize) || (this.maxSize > 0 && size > this.maxSize)
  }

  #startTtl(slot: number, ttl: number, start: number = this.perf.now()): void {
    const { slots } = this
    const finite = ttl === Number.POSITIVE_INFINITY ? 0 : ttl
    if (slots.ttls === undefined) {
      if (finite === 0) return
      slots.ttls = [0]
    }
    slots.ttls[slot] = finite
    slots.starts[slot] = start
    if (finite !== 0) this.#autopurge?.schedule(finite)
  }

  /** For the timer: returns in how many ms the next entry will be stale. */
  #purge(): number {
    this.purgeStale()
    return this.slots
      .list(false)
      .reduce((least, slot) => Math.min(least, this.remaining(slot)), Number.POSITIVE_INFINITY)
  }
}
