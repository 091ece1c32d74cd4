import { Moment } from '../moment.ts'
import { SessionHash } from '../session-hash.ts'
import { SessionTable } from '../session-table.ts'
import { checkClock, checkNumber, checkRecord, checkSeed, checkText } from '../validate.ts'

export interface SessionMapOptions {
  /** Most sessions held at once, an integer from 1 to 5e7. 17.6 bytes each, taken at once. */
  readonly max: number
  /** Time to live after the last use, 1 to 1e12 ms. */
  readonly ttlMs: number
  /** Time to live after the first use, however often it is used, 1 to 1e12 ms. @default none */
  readonly maxAgeMs?: number | undefined
  /** Four integers that key the hash. @default drawn from crypto.getRandomValues */
  readonly seed?: readonly number[] | undefined
  /** Monotonic ms. A clock given here is read every time, the default one less often in a tight loop. @default performance */
  readonly clock?: { now(): number } | undefined
}

const KEYS = ['max', 'ttlMs', 'maxAgeMs', 'seed', 'clock'] as const
const VALUE = { min: 0, max: 65_535, integer: true } as const
const LIFE = { min: 1, max: 1e12, unit: ' ms' } as const

/**
 * A bounded map from session ids to small numbers, 0 to 65,535: what the balancer keeps its sessions in, by itself.
 *
 *   id, tenant ─► seeded hash, 63 bits ─► 2 buckets of 8 entries ─► number
 *
 * One array of 17.6 bytes per session, no timers, no id kept; every call looks at 16 entries at most and allocates
 * nothing. When it is full, or both buckets are, the least recently used of the 16 goes. Two ids share an entry with
 * odds of about 3e-8 for any among a million: right for what may be forgotten and found again, like an endpoint.
 */
export class SessionMap {
  readonly #moment: Moment
  readonly #hash: SessionHash
  readonly #table: SessionTable

  /** Throws TypeError or RangeError naming the option. */
  constructor(options: SessionMapOptions) {
    checkRecord('options', options, KEYS)
    const { clock, maxAgeMs } = options
    this.#moment = new Moment(checkClock('options.clock', clock ?? performance), clock === undefined)
    this.#hash = new SessionHash(checkSeed('options.seed', options.seed))
    this.#table = new SessionTable({
      max: checkNumber('options.max', options.max, { min: 1, max: 5e7, integer: true }),
      ttlMs: checkNumber('options.ttlMs', options.ttlMs, LIFE),
      maxAgeMs: maxAgeMs === undefined ? undefined : checkNumber('options.maxAgeMs', maxAgeMs, LIFE),
      clock: this.#moment,
    })
  }

  get max(): number {
    return this.#table.max
  }

  /** Bytes held, the same from the first session to the last. */
  get byteLength(): number {
    return this.#table.byteLength
  }

  /** The session's number, its life prolonged; undefined when there is none, or no longer. O(id length). */
  get(id: string, tenant = ''): number | undefined {
    this.#find(id, tenant)
    const value = this.#table.find(this.#hash.a, this.#hash.b)
    return value < 0 ? undefined : value
  }

  /** As `get`, and leaves its life as it is. */
  peek(id: string, tenant = ''): number | undefined {
    this.#find(id, tenant)
    const value = this.#table.peek(this.#hash.a, this.#hash.b)
    return value < 0 ? undefined : value
  }

  /** Gives the session its number and a new life; the greatest age goes on. RangeError unless 0 to 65,535. */
  set(id: string, value: number, tenant = ''): void {
    checkValue(value)
    this.#find(id, tenant)
    this.#table.set(this.#hash.a, this.#hash.b, value)
  }

  /** The session's number as `get`; when there is none, what `choose` returns, which is remembered. Hashes once. */
  getOrInsertComputed(id: string, choose: () => number, tenant = ''): number {
    this.#find(id, tenant)
    // `choose` may use the map, and with it the hash.
    const { a, b } = this.#hash
    const known = this.#table.find(a, b)
    if (known >= 0) return known
    const value = checkValue(choose())
    this.#table.set(a, b, value)
    return value
  }

  /** Forgets the session. False when it was not there. */
  delete(id: string, tenant = ''): boolean {
    this.#find(id, tenant)
    return this.#table.delete(this.#hash.a, this.#hash.b)
  }

  /** Sessions alive now. One pass over the table. */
  count(): number {
    this.#moment.read()
    return this.#table.size()
  }

  /** Clears the expired sessions and returns their number. Never needed: they free their place when it is wanted. */
  clearExpired(): number {
    this.#moment.read()
    return this.#table.clearExpired()
  }

  /** Forgets all. One pass. */
  clear(): void {
    this.#table.deleteWhere(() => true)
  }

  #find(id: string, tenant: string): void {
    this.#moment.glance()
    this.#hash.compute(checkText('id', id), checkText('tenant', tenant))
  }
}

function checkValue(value: number): number {
  // The full check writes its message in advance: not for every call.
  return value === (value & 0xffff) ? value : checkNumber('value', value, VALUE)
}
