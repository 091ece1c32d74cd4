import { checkNumber, checkRecord, show } from './validate.ts'

/** What the caller gives: a name, anything to send work to, and optionally how much of it. */
export interface EndpointOptions<T> {
  /** Unique, not empty. Any other string is allowed, `__proto__` included. */
  readonly id: string
  /** A URL, a client, a pool, an API key, a worker: handed back as it is. */
  readonly value: T
  /**
   * Share of new work under `weighted` and the hashing strategies; `auto`, `p2c` and `p2c-ewma` divide the cost by it;
   * the others only tell 0 from more. 0 takes no new work and keeps its sessions. Range 0 to 1e9, fractions allowed.
   * @default 1
   */
  readonly weight?: number | undefined
  /** Under `priority` a lower tier comes first. An integer from 0 to 255. @default 0 */
  readonly tier?: number | undefined
  /** Where it is; see the option `zone`. */
  readonly zone?: string | undefined
  /** Most leases at once, 1 to 1e9; then it takes nothing, sessions of its own included. @default no limit */
  readonly maxInFlight?: number | undefined
}

/** What `update` may change. */
export type EndpointUpdate<T> = Partial<Omit<EndpointOptions<T>, 'id'>>

/** A member of the set as the balancer sees it. A live view: its figures change with the balancer's. */
export interface Endpoint<T> {
  readonly id: string
  readonly value: T
  readonly weight: number
  readonly tier: number
  readonly zone: string | undefined
  /** Infinity when there is no cap. */
  readonly maxInFlight: number
  /** True between `drain` and `enable`: keeps its sessions, takes no new ones. */
  readonly draining: boolean
  /** Leases not yet done. Never negative; a removed endpoint counts down to 0 as its leases end. */
  readonly inflight: number
}

/** Why a member takes nothing for now, as bits. It ends by itself. */
export const EJECTED = 1
export const COOLING = 2
export const FULL = 4
/** What panic overrides: a cap is never exceeded. */
export const PASSING: number = EJECTED | COOLING

const LONG_AGO = Number.NEGATIVE_INFINITY

/** The one mutable record behind an Endpoint. One object shape, so that the pick path stays monomorphic. */
export class Member<T> implements Endpoint<T> {
  readonly id: string
  value: T
  weight: number
  tier: number
  zone: string | undefined
  maxInFlight: number
  draining = false
  inflight = 0
  picks = 0
  failures = 0
  /** EJECTED, COOLING, FULL. */
  blocks = 0
  /** Failures in a row. */
  streak = 0
  /** Ejections since the last lasting recovery. */
  ejections = 0
  ejectedUntil: number = LONG_AGO
  coolingUntil: number = LONG_AGO
  /** Since when it is taking more and more work; NaN when it takes its full share. */
  warmingSince: number = Number.NaN
  /** Index in the membership; kept for life, re-used by another member afterwards. */
  readonly slot: number
  /** What the session table knows it by, 0 to 65,535; not re-used while a session may still be pinned to it. */
  readonly pin: number
  /** 64 bits of the id's hash. */
  readonly idA: number
  readonly idB: number

  constructor(endpoint: EndpointOptions<T>, slot: number, pin: number, idA: number, idB: number) {
    this.id = endpoint.id
    this.value = endpoint.value
    this.weight = endpoint.weight ?? 1
    this.tier = endpoint.tier ?? 0
    this.zone = endpoint.zone
    this.maxInFlight = endpoint.maxInFlight ?? Number.POSITIVE_INFINITY
    this.slot = slot
    this.pin = pin
    this.idA = idA
    this.idB = idB
  }
}

const KEYS = ['id', 'value', 'weight', 'tier', 'zone', 'maxInFlight'] as const
const UPDATE_KEYS = ['value', 'weight', 'tier', 'zone', 'maxInFlight'] as const

/** Throws TypeError or RangeError unless `endpoint` is well formed; `name` is what the message calls it. */
export function checkEndpoint(name: string, endpoint: unknown): void {
  const record = checkRecord(name, endpoint, KEYS)
  if (typeof record.id !== 'string' || record.id === '') {
    throw new TypeError(`${name}.id must be a string that is not empty, got ${show(record.id)}`)
  }
  checkFigures(name, record)
}

/** The same for a change of one. */
export function checkUpdate(name: string, update: unknown): void {
  checkFigures(name, checkRecord(name, update, UPDATE_KEYS))
}

// 65,536 endpoints of 1e9 still add up exactly in a double.
export function checkWeight(name: string, weight: unknown): number {
  return checkNumber(name, weight, { min: 0, max: 1e9 })
}

function checkFigures(name: string, record: Record<string, unknown>): void {
  const { weight, tier, zone, maxInFlight } = record
  if (weight !== undefined) checkWeight(`${name}.weight`, weight)
  if (tier !== undefined) checkNumber(`${name}.tier`, tier, { min: 0, max: 255, integer: true })
  if (zone !== undefined && typeof zone !== 'string') {
    throw new TypeError(`${name}.zone must be a string, got ${show(zone)}`)
  }
  if (maxInFlight !== undefined && maxInFlight !== Number.POSITIVE_INFINITY) {
    checkNumber(`${name}.maxInFlight`, maxInFlight, { min: 1, max: 1e9, integer: true })
  }
}
