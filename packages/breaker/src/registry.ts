import type { RequestCounts } from './circular-buffer.ts'
import { CircuitOpenError, withoutTrace } from './errors.ts'
import type { CircuitState, StateChangeEvent } from './events.ts'
import { readForcedState } from './forced-state.ts'
import { KeyCircuits } from './key-circuits.ts'
import { KeySlab, nobody } from './key-slab.ts'
import { followPermit } from './permit-source.ts'
import { type BreakerRegistryOptions, type RegistrySettings, readRegistryOptions } from './registry-options.ts'
import type { StateMachine } from './states.ts'

/** What a registry knows about one key. */
export interface KeyMetrics {
  readonly key: string
  readonly state: CircuitState
  /** The probes while half-open, else the window. */
  readonly recent: RequestCounts
  readonly slowCalls: number
  readonly consecutiveFailures: number
  readonly retryAfterMs: number
}

/** Totals over all keys since the registry was made. */
export interface RegistryTotals {
  readonly keys: number
  readonly rejected: number
  readonly opens: number
  /** Keys that were forgotten: for want of room, or idle for too long. */
  readonly evicted: number
}

/** Low bits of a permit: the slot of its key. High bits: the key's generation, modulo 8191, plus 1. */
const slotBits = 18
const slotMask = 2 ** slotBits - 1

/**
 * A circuit breaker per key – host, tenant, route – for very many keys: bounded, without timers or objects per key.
 *
 * ```
 *   'a.example' ─► Map ─► slot 17 ─► row of the slab ─► the one state machine      key-slab.ts, key-circuits.ts
 * ```
 *
 * A key is made when it is first asked for, and forgotten when it has not been used for `idleTtlMs` or when `maxKeys`
 * others were used since. Its permit is a number: slot and generation. All calls of one generation of a key have the
 * same, so a second settlement counts twice; where that can happen, use a `CircuitBreaker`.
 */
export class BreakerRegistry implements Disposable {
  /** Called after each change of state of a key; an error it throws is rethrown in a microtask of its own. */
  onStateChange: ((event: StateChangeEvent) => void) | undefined
  readonly #settings: RegistrySettings
  readonly #slots: Map<string, number> = new Map()
  readonly #slab: KeySlab
  readonly #names: string[] = []
  readonly #circuits: KeyCircuits
  #selected = nobody
  /** Changes of the operation under way. Told when it is complete: a listener may ask about other keys. */
  #changes: StateChangeEvent[] = []
  #rejected = 0
  #opens = 0
  #evicted = 0

  /** @throws TypeError, RangeError for bad options */
  constructor(options: BreakerRegistryOptions = {}) {
    const settings = readRegistryOptions(options)
    this.#settings = settings
    this.#slab = new KeySlab(settings.maxKeys, settings.breaker.windowBuckets)
    this.#circuits = new KeyCircuits(this.#slab, settings.breaker, {
      onGeneration: () => {},
      onBatch: () => {},
      onThreshold: () => {},
      onTransition: (from, to, reason, at) => {
        if (to === 'open') this.#opens++
        this.#changes.push({ name: this.#names[this.#selected] ?? '', from, to, reason, at })
      },
    })
  }

  /** Keys known now. */
  get size(): number {
    return this.#slots.size
  }

  /** A permit for a call to `key`, or 0. O(buckets). */
  tryAcquire(key: string): number {
    const slot = this.#slotOf(key)
    const machine = this.#load(slot)
    const generation = machine.tryAcquire()
    this.#finish(slot)
    if (generation === 0) {
      this.#rejected++
      return 0
    }
    return ((generation % 8191) + 1) * 2 ** slotBits + slot
  }

  /** The call worked; a permit of an older generation, or of a key forgotten since, changes nothing. O(buckets). */
  success(permit: number, durationMs?: number): void {
    this.#settle(permit, true, durationMs)
  }

  /** The call failed. */
  failure(permit: number, durationMs?: number): void {
    this.#settle(permit, false, durationMs)
  }

  /** The call says nothing about the dependency. */
  ignore(permit: number): void {
    const slot = this.#slotOfPermit(permit)
    if (slot === nobody) return
    const machine = this.#load(slot)
    machine.giveBack(machine.circuit.generation)
    this.#finish(slot)
  }

  /** The call was not made, or was aborted. */
  release(permit: number): void {
    this.ignore(permit)
  }

  /** Calls `fn` if the circuit of `key` admits it, else rejects with `CircuitOpenError`. A result is a success. */
  run<T>(key: string, fn: () => T | PromiseLike<T>): Promise<T> {
    const permit = this.tryAcquire(key)
    if (permit !== 0) return followPermit(this, permit, fn)
    const { state, retryAfterMs } = this.getMetrics(key)
    const refusing = state === 'half_open' || state === 'isolated' ? state : 'open'
    return Promise.reject(withoutTrace(() => new CircuitOpenError(key, retryAfterMs, refusing)))
  }

  /** `closed` for a key not known. */
  getState(key: string): CircuitState {
    return this.#look(key, (machine) => machine.state()) ?? 'closed'
  }

  isAllowingRequests(key: string): boolean {
    return this.#look(key, (machine) => machine.wouldAdmit()) ?? true
  }

  /** Milliseconds until the open circuit of `key` admits a probe, else 0. */
  retryAfterMs(key: string): number {
    return this.#look(key, (machine) => Math.ceil(machine.remainingWaitMs())) ?? 0
  }

  /** Puts one key into a state, as `CircuitBreaker.forceState`. */
  forceState(
    key: string,
    state: CircuitState | Uppercase<CircuitState>,
    options: { readonly forMs?: number } = {},
  ): void {
    const wanted = readForcedState(state, options.forMs)
    const slot = this.#slotOf(key)
    this.#load(slot).force(wanted, wanted === 'closed' ? 'reset' : 'forced', options.forMs)
    this.#finish(slot)
  }

  /** Forgets a key; true when it was known. */
  delete(key: string): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    this.#slots.delete(key)
    this.#names[slot] = ''
    this.#slab.free(slot)
    return true
  }

  getMetrics(key: string): KeyMetrics {
    const metrics = this.#look(key, (machine) => {
      const { total, failures, slow } = machine.sample()
      return {
        key,
        state: machine.state(),
        recent: { total, successes: total - failures, failures },
        slowCalls: slow,
        consecutiveFailures: machine.circuit.failureRun,
        retryAfterMs: Math.ceil(machine.remainingWaitMs()),
      }
    })
    const recent = { total: 0, successes: 0, failures: 0 }
    return metrics ?? { key, state: 'closed', recent, slowCalls: 0, consecutiveFailures: 0, retryAfterMs: 0 }
  }

  /** All keys at once, in the order in which they were first asked for. O(keys × buckets). */
  snapshot(): KeyMetrics[] {
    return Array.from(this.#slots.keys(), (key) => this.getMetrics(key))
  }

  totals(): RegistryTotals {
    return { keys: this.size, rejected: this.#rejected, opens: this.#opens, evicted: this.#evicted }
  }

  /** Forgets every key. */
  destroy(): void {
    for (const key of this.#slots.keys()) this.delete(key)
    this.onStateChange = undefined
  }

  [Symbol.dispose](): void {
    this.destroy()
  }

  #settle(permit: number, success: boolean, durationMs: number | undefined): void {
    const slot = this.#slotOfPermit(permit)
    if (slot === nobody) return
    const machine = this.#load(slot)
    const slow = durationMs !== undefined && durationMs > this.#settings.breaker.slowCallMs
    machine.settle(machine.circuit.generation, success, slow)
    this.#finish(slot)
  }

  #slotOfPermit(permit: number): number {
    if (!Number.isInteger(permit) || permit < 2 ** slotBits) return nobody
    const slot = permit & slotMask
    const generation = this.#slab.generation[slot]
    if (generation === undefined || (generation % 8191) + 1 !== permit >>> slotBits) return nobody
    return slot
  }

  /** Looks at a key without making it or counting as its use. */
  #look<T>(key: string, read: (machine: StateMachine) => T): T | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    const seen = read(this.#load(slot))
    this.#finish(slot)
    return seen
  }

  #load(slot: number): StateMachine {
    this.#selected = slot
    return this.#circuits.load(slot)
  }

  #finish(slot: number): void {
    this.#circuits.store(slot)
    if (this.#changes.length === 0) return
    const changes = this.#changes
    this.#changes = []
    for (const change of changes) this.#tell(change)
  }

  #slotOf(key: string): number {
    const now = this.#settings.breaker.clock.now()
    const known = this.#slots.get(key)
    if (known !== undefined) {
      this.#slab.use(known, now)
      return known
    }
    if (typeof key !== 'string' || key === '') throw new TypeError('key is missing; expected a non-empty string')
    this.#evictIdle(now)
    let slot = this.#slab.claim()
    if (slot === nobody) {
      this.#evict(this.#slab.oldest)
      slot = this.#slab.claim()
    }
    this.#slots.set(key, slot)
    this.#names[slot] = key
    this.#slab.use(slot, now)
    return slot
  }

  /** At most two a new key: as many are added as leave, and no single call pays for a crowd. */
  #evictIdle(now: number): void {
    for (let i = 0; i < 2; i++) {
      const { oldest } = this.#slab
      if (oldest === nobody || now - (this.#slab.usedAt[oldest] ?? 0) * 1000 <= this.#settings.idleTtlMs) return
      this.#evict(oldest)
    }
  }

  #evict(slot: number): void {
    if (this.delete(this.#names[slot] ?? '')) this.#evicted++
  }

  #tell(event: StateChangeEvent): void {
    try {
      this.onStateChange?.(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
