import { COOLING, EJECTED, type Member, PASSING } from './endpoint.ts'
import type { EjectionSettings } from './options.ts'

/** What health needs of the set. */
export interface Ward<T> {
  readonly size: number
  list(): readonly Member<T>[]
  setBlock(member: Member<T>, bit: number, on: boolean): void
  /** The member is back after an ejection. */
  recovered(member: Member<T>, now: number): void
}

export interface HealthListener<T> {
  ejected(member: Member<T>, durationMs: number): void
  returned(member: Member<T>): void
  cooling(member: Member<T>, durationMs: number): void
}

/** A server may ask for any pause; a longer one than an hour is more likely a mistake of units. */
const LONGEST_PAUSE_MS = 3_600_000
const DEFAULT_PAUSE_MS = 1000

/**
 * Which members the set does without for a while, judged by their outcomes. Both ways out end by themselves, checked on
 * a pick; there is no timer.
 *
 *   failures in a row ── 5 ──► ejected 2 s ──► back ── 1 failure ──► ejected 4 s ──► back ── success after 10 s ──► 5 again
 *   rate limited ──► cools down for what the endpoint asked
 *
 * Never more than half of the members are ejected, the one in question counted in. A request that began before its
 * endpoint came back says nothing about it now: a hundred time-outs that come in late are one outage, not a hundred.
 */
export class Health<T> {
  readonly #settings: EjectionSettings | null
  readonly #ward: Ward<T>
  readonly #listener: HealthListener<T>
  #ejected = 0
  /** Ejected or cooling. */
  #away = 0
  #nextReturn = Number.POSITIVE_INFINITY

  constructor(settings: EjectionSettings | null, ward: Ward<T>, listener: HealthListener<T>) {
    this.#settings = settings
    this.#ward = ward
    this.#listener = listener
  }

  /** Whether outcomes matter. */
  get judging(): boolean {
    return this.#settings !== null
  }

  /** Members that are ejected or cooling down. */
  get away(): number {
    return this.#away
  }

  failed(member: Member<T>, startedAt: number, now: number): void {
    const settings = this.#settings
    if (settings === null || (member.blocks & EJECTED) !== 0 || startedAt < member.ejectedUntil) return
    member.streak++
    if (member.streak < (member.ejections > 0 ? 1 : settings.consecutiveFailures)) return
    if (this.#ejected + 1 > settings.maxShare * this.#ward.size) return
    const durationMs = Math.min(settings.baseMs * 2 ** member.ejections, settings.maxMs)
    member.ejections++
    member.streak = 0
    member.ejectedUntil = now + durationMs
    this.#ejected++
    this.#takeOut(member, EJECTED, member.ejectedUntil)
    this.#listener.ejected(member, durationMs)
  }

  succeeded(member: Member<T>, startedAt: number, now: number): void {
    if (this.#settings === null || startedAt < member.ejectedUntil) return
    member.streak = 0
    if (member.ejections > 0 && now - member.ejectedUntil > this.#settings.forgiveMs) member.ejections = 0
  }

  /** `pauseMs` as the endpoint asked for, or 1 s; an hour at most. A second one prolongs the first, never shortens it. */
  cool(member: Member<T>, pauseMs: number | undefined, now: number): void {
    const durationMs = Math.min(Math.max(pauseMs ?? DEFAULT_PAUSE_MS, 0), LONGEST_PAUSE_MS)
    if (!(durationMs > 0)) return
    member.coolingUntil = Math.max(member.coolingUntil, now + durationMs)
    this.#takeOut(member, COOLING, member.coolingUntil)
    this.#listener.cooling(member, durationMs)
  }

  /** Lets those back whose time is over. O(1) unless there are any. */
  readmit(now: number): void {
    if (now < this.#nextReturn) return
    this.#nextReturn = Number.POSITIVE_INFINITY
    for (const member of this.#ward.list()) {
      if ((member.blocks & PASSING) === 0) continue
      if ((member.blocks & EJECTED) !== 0 && now >= member.ejectedUntil) {
        this.#ejected--
        this.#ward.setBlock(member, EJECTED, false)
        this.#ward.recovered(member, now)
        this.#listener.returned(member)
      }
      if ((member.blocks & COOLING) !== 0 && now >= member.coolingUntil) this.#ward.setBlock(member, COOLING, false)
      if ((member.blocks & PASSING) === 0) this.#away--
      if ((member.blocks & EJECTED) !== 0) this.#nextReturn = Math.min(this.#nextReturn, member.ejectedUntil)
      if ((member.blocks & COOLING) !== 0) this.#nextReturn = Math.min(this.#nextReturn, member.coolingUntil)
    }
  }

  /** The member has left the set. */
  forget(member: Member<T>): void {
    if ((member.blocks & EJECTED) !== 0) this.#ejected--
    if ((member.blocks & PASSING) !== 0) this.#away--
    member.blocks &= ~PASSING
  }

  clear(): void {
    this.#ejected = 0
    this.#away = 0
    this.#nextReturn = Number.POSITIVE_INFINITY
  }

  #takeOut(member: Member<T>, bit: number, until: number): void {
    if ((member.blocks & PASSING) === 0) this.#away++
    this.#ward.setBlock(member, bit, true)
    this.#nextReturn = Math.min(this.#nextReturn, until)
  }
}
