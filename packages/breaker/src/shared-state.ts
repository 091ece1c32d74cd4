import type { Clock } from './clock.ts'
import { checkNames, clock } from './option-checks.ts'

/** What one instance says about a circuit. */
export interface SharedReport {
  readonly instance: string
  readonly state: 'closed' | 'open'
  /** What is left of the wait of an open circuit when the report is read, ms; else 0. */
  readonly remainingMs: number
}

/**
 * Where the instances of a service tell each other about their circuits. The contract of an implementation:
 *
 * 1. `report` replaces the instance's earlier report for that circuit, and the new one is forgotten `ttlMs` later: an
 *    instance that died has no vote. `remainingMs` counts down in the store, by the store's clock; clocks of instances
 *    are never compared.
 * 2. `read` returns every report that is not forgotten, in any order. It may be stale by as much as the store is; a
 *    breaker decides on its own results meanwhile.
 * 3. `tryLease` gives the lease of a circuit to at most one holder at a time. The holder itself may renew it. It ends
 *    by `release`, of the holder only, or `ttlMs` after it was given, whatever happens to the holder.
 * 4. Any method may reject. The caller then goes on as if it were alone: a store that is down stops no calls.
 */
export interface SharedStateStore {
  report(circuit: string, report: SharedReport, ttlMs: number): Promise<void>
  read(circuit: string): Promise<readonly SharedReport[]>
  tryLease(circuit: string, holder: string, ttlMs: number): Promise<boolean>
  release(circuit: string, holder: string): Promise<void>
}

interface Kept {
  readonly report: SharedReport
  readonly at: number
  readonly expiresAt: number
}

interface Lease {
  readonly holder: string
  readonly expiresAt: number
}

/** Circuits with at least one report or a lease, and reports of one circuit: more than that is a leak of names. */
const maxCircuits = 10_000
const maxReports = 10_000

/** A `SharedStateStore` within one process: for tests, and for several breakers of one process that share a fate. */
export class MemoryStateStore implements SharedStateStore {
  readonly #clock: Clock
  readonly #reports: Map<string, Map<string, Kept>> = new Map()
  readonly #leases: Map<string, Lease> = new Map()

  /** @throws TypeError for an unknown option or a bad clock */
  constructor(options: { readonly clock?: Clock | undefined } = {}) {
    checkNames(options, ['clock'])
    this.#clock = clock(options.clock)
  }

  async report(circuit: string, report: SharedReport, ttlMs: number): Promise<void> {
    const now = this.#clock.now()
    let reports = this.#reports.get(circuit)
    if (reports === undefined) {
      makeRoom(this.#reports, maxCircuits)
      reports = new Map()
      this.#reports.set(circuit, reports)
    }
    reports.delete(report.instance)
    makeRoom(reports, maxReports)
    reports.set(report.instance, { report, at: now, expiresAt: now + ttlMs })
  }

  async read(circuit: string): Promise<readonly SharedReport[]> {
    const now = this.#clock.now()
    const reports = this.#reports.get(circuit) ?? new Map<string, Kept>()
    const alive: SharedReport[] = []
    for (const [instance, { report, at, expiresAt }] of reports) {
      if (now < expiresAt) alive.push({ ...report, remainingMs: Math.max(0, report.remainingMs - (now - at)) })
      else reports.delete(instance)
    }
    return alive
  }

  async tryLease(circuit: string, holder: string, ttlMs: number): Promise<boolean> {
    const now = this.#clock.now()
    const lease = this.#leases.get(circuit)
    if (lease !== undefined && lease.holder !== holder && now < lease.expiresAt) return false
    if (lease === undefined) makeRoom(this.#leases, maxCircuits)
    this.#leases.set(circuit, { holder, expiresAt: now + ttlMs })
    return true
  }

  async release(circuit: string, holder: string): Promise<void> {
    if (this.#leases.get(circuit)?.holder === holder) this.#leases.delete(circuit)
  }
}

/** Drops the oldest entry of a full map. */
function makeRoom<K, V>(map: Map<K, V>, limit: number): void {
  if (map.size < limit) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
