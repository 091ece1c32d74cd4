import type { Clock, ResolvedSessionOptions } from './options.ts'
import { SessionHash } from './session-hash.ts'
import { ABSENT, SessionTable } from './session-table.ts'
import type { Snapshot } from './snapshot.ts'

/** A temporary pin outlives its last request by this long, ms. An outage of an endpoint rarely lasts longer. */
const TEMPORARY_MS = 300_000
/** Temporary pins are held for an eighth of the sessions: the share of one endpoint of eight that is out. */
const TEMPORARY_SHARE = 8
const LEAST_TEMPORARY = 64

/**
 * The sessions of one balancer: the seeded hash in front of two tables.
 *
 *   id ─► hash ─┬─► homes       where the session belongs
 *               └─► temporary   where it is while its home is out; small, and made only when somebody's home is out
 *
 * Each table is made with its first pin, so a balancer that never sees a session id holds no memory for them.
 */
export class SessionPins {
  readonly max: number
  readonly #options: ResolvedSessionOptions
  readonly #clock: Clock
  #hash: SessionHash
  #table: SessionTable | null = null
  #temporary: SessionTable | null = null

  constructor(options: ResolvedSessionOptions, clock: Clock) {
    this.max = options.max
    this.#options = options
    this.#clock = clock
    this.#hash = new SessionHash(options.seed)
  }

  /** The table of homes; null before the first pin. */
  get table(): SessionTable | null {
    return this.#table
  }

  get seed(): Int32Array {
    return this.#hash.seed
  }

  /** The session's pin, its life prolonged; or ABSENT or EXPIRED. */
  find(sessionId: string, tenant: string): number {
    this.#hash.compute(sessionId, tenant)
    return this.#table === null ? ABSENT : this.#table.find(this.#hash.a, this.#hash.b)
  }

  /** As `find`, and leaves no trace. */
  peek(sessionId: string, tenant: string): number {
    this.#hash.compute(sessionId, tenant)
    return this.#table === null ? ABSENT : this.#table.peek(this.#hash.a, this.#hash.b)
  }

  /** Pins the session of the last `find`. */
  assign(pin: number): void {
    this.#table ??= this.#makeTable()
    this.#table.set(this.#hash.a, this.#hash.b, pin)
  }

  /** The temporary pin of the session of the last `find` or `peek`; or ABSENT or EXPIRED. */
  findTemporary(): number {
    return this.#temporary === null ? ABSENT : this.#temporary.find(this.#hash.a, this.#hash.b)
  }

  peekTemporary(): number {
    return this.#temporary === null ? ABSENT : this.#temporary.peek(this.#hash.a, this.#hash.b)
  }

  /** Gives the session of the last `find` a temporary pin. */
  assignTemporary(pin: number): void {
    this.#temporary ??= new SessionTable({
      max: Math.max(Math.ceil(this.max / TEMPORARY_SHARE), LEAST_TEMPORARY),
      ttlMs: Math.min(this.#options.ttlMs, TEMPORARY_MS),
      clock: this.#clock,
    })
    this.#temporary.set(this.#hash.a, this.#hash.b, pin)
  }

  drop(sessionId: string, tenant: string): boolean {
    this.#hash.compute(sessionId, tenant)
    this.#temporary?.delete(this.#hash.a, this.#hash.b)
    return this.#table?.delete(this.#hash.a, this.#hash.b) ?? false
  }

  size(): number {
    return this.#table?.size() ?? 0
  }

  clearExpired(): number {
    this.#temporary?.clearExpired()
    return this.#table?.clearExpired() ?? 0
  }

  /** Living sessions per pin. One pass. */
  countByPin(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>()
    this.#table?.forEachPin((pin) => {
      counts.set(pin, (counts.get(pin) ?? 0) + 1)
    })
    return counts
  }

  /** Forgets every pin to a number that is not among these. */
  sweep(living: ReadonlySet<number>): void {
    this.#table?.deleteWhere((pin) => !living.has(pin))
    this.#temporary?.deleteWhere((pin) => !living.has(pin))
  }

  /** Takes over the pins of a snapshot, and the seed that they were hashed with. Returns how many. */
  restore(snapshot: Snapshot, elapsedMs: number, pinOf: (pin: number) => number): number {
    this.#hash = new SessionHash(snapshot.seed)
    this.#temporary = null
    this.#table = null
    if (snapshot.entries === null || snapshot.entries.words.length === 0) return 0
    this.#table = this.#makeTable()
    return this.#table.importEntries(snapshot.entries, elapsedMs, pinOf)
  }

  #makeTable(): SessionTable {
    const { max, ttlMs, maxAgeMs } = this.#options
    return new SessionTable({ max, ttlMs, maxAgeMs, clock: this.#clock })
  }

  clear(): void {
    this.#table = null
    this.#temporary = null
  }
}
