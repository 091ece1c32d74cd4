import type { Clock, ResolvedSessionOptions } from './options.ts'
import { SessionHash } from './session-hash.ts'
import { ABSENT, SessionTable } from './session-table.ts'

/**
 * The sessions of one balancer: the seeded hash in front of the table. The table is made with the first pin, so a
 * balancer that never sees a session id holds no memory for them.
 */
export class SessionPins {
  readonly max: number
  readonly #ttlMs: number
  readonly #clock: Clock
  readonly #hash: SessionHash
  #table: SessionTable | null = null

  constructor(options: ResolvedSessionOptions, clock: Clock) {
    this.max = options.max
    this.#ttlMs = options.ttlMs
    this.#clock = clock
    this.#hash = new SessionHash(options.seed)
  }

  /** The session's pin, its life prolonged; or ABSENT or EXPIRED. */
  find(sessionId: string, tenant: string): number {
    this.#hash.compute(sessionId, tenant)
    return this.#table === null ? ABSENT : this.#table.find(this.#hash.a, this.#hash.b)
  }

  /** Pins the session of the last `find`. */
  assign(pin: number): void {
    this.#table ??= new SessionTable({ max: this.max, ttlMs: this.#ttlMs, clock: this.#clock })
    this.#table.set(this.#hash.a, this.#hash.b, pin)
  }

  drop(sessionId: string, tenant: string): boolean {
    this.#hash.compute(sessionId, tenant)
    return this.#table?.delete(this.#hash.a, this.#hash.b) ?? false
  }

  size(): number {
    return this.#table?.size() ?? 0
  }

  clearExpired(): number {
    return this.#table?.clearExpired() ?? 0
  }

  /** Living sessions per slot; `slotOf` says -1 for a pin whose endpoint has left. */
  countBySlot(slotOf: (pin: number) => number): ReadonlyMap<number, number> {
    const counts = new Map<number, number>()
    this.#table?.forEachPin((pin) => {
      const slot = slotOf(pin)
      if (slot !== -1) counts.set(slot, (counts.get(slot) ?? 0) + 1)
    })
    return counts
  }

  /** Forgets every pin to the slot, of whatever generation. */
  dropSlot(slot: number): void {
    this.#table?.deleteWhere((pin) => (pin & 0xffff) === slot)
  }

  clear(): void {
    this.#table = null
  }
}
