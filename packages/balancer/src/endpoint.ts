import { checkNumber, checkRecord, show } from './validate.ts'

/** What the caller gives: a name, anything to send work to, and optionally a weight. */
export interface EndpointOptions<T> {
  /** Unique, not empty. Any other string is allowed, `__proto__` included. */
  readonly id: string
  /** A URL, a client, a pool, an API key, a worker: handed back as it is. */
  readonly value: T
  /**
   * Share of new work under the strategy `weighted`; the other strategies only tell 0 from more.
   * 0 takes no new work and keeps its sessions. Range 0 to 1e9, fractions allowed.
   * @default 1
   */
  readonly weight?: number | undefined
}

/** A member of the set as the balancer sees it. A live view: its figures change with the balancer's. */
export interface Endpoint<T> {
  readonly id: string
  readonly value: T
  readonly weight: number
  /** True between `drain` and `enable`: keeps its sessions, takes no new ones. */
  readonly draining: boolean
  /** Leases not yet done. Never negative; a removed endpoint counts down to 0 as its leases end. */
  readonly inflight: number
}

/** The one mutable record behind an Endpoint. One object shape, so that the pick path stays monomorphic. */
export class Member<T> implements Endpoint<T> {
  readonly id: string
  readonly value: T
  weight: number
  draining = false
  inflight = 0
  picks = 0
  failures = 0
  /** Index in the membership; kept for life, re-used by another member afterwards. */
  readonly slot: number
  /** Counts the members that held this slot before, so that a pin of theirs is recognized. */
  readonly generation: number

  constructor(id: string, value: T, weight: number, slot: number, generation: number) {
    this.id = id
    this.value = value
    this.weight = weight
    this.slot = slot
    this.generation = generation
  }
}

const KEYS = ['id', 'value', 'weight'] as const

/** Throws TypeError or RangeError unless `endpoint` is well formed; `name` is what the message calls it. */
export function checkEndpoint(name: string, endpoint: unknown): void {
  const record = checkRecord(name, endpoint, KEYS)
  if (typeof record.id !== 'string' || record.id === '') {
    throw new TypeError(`${name}.id must be a string that is not empty, got ${show(record.id)}`)
  }
  if (record.weight !== undefined) checkWeight(`${name}.weight`, record.weight)
}

// 65,536 endpoints of 1e9 still add up exactly in a double.
export function checkWeight(name: string, weight: unknown): number {
  return checkNumber(name, weight, { min: 0, max: 1e9 })
}
