import { type Endpoint, type EndpointOptions, type EndpointUpdate, FULL, Member, PASSING } from './endpoint.ts'
import { BalancerError, DuplicateEndpointError } from './errors.ts'
import { Health, type HealthListener, type Ward } from './health.ts'
import type { LeaseOwner, Outcome } from './lease.ts'
import type { Moment } from './moment.ts'
import type { EjectionSettings, SlowStartSettings, ZoneSettings } from './options.ts'
import { PinNumbers } from './pin-numbers.ts'
import type { Candidates, Selection } from './selection/selection.ts'
import { SessionHash } from './session-hash.ts'
import { show } from './validate.ts'

/** A slot has 16 bits. */
const MAX_ENDPOINTS = 65_536
/** Share of its turns that a newcomer takes at the very beginning. */
const FIRST_SHARE = 0.1

export interface MembershipSettings<T> {
  readonly isAvailable: ((endpoint: Endpoint<T>) => boolean) | undefined
  readonly ejection: EjectionSettings | null
  readonly slowStart: SlowStartSettings | null
  readonly zone: ZoneSettings | null
  readonly random: () => number
  readonly hashSeed: readonly number[]
}

export interface MembershipListener<T> extends HealthListener<T> {
  /** Nobody but ejected and cooling members was left for a request. */
  panicked(): void
  /** A lease ended, a member came or may take more: somebody who waits may be served. */
  roomMade(): void
  /** Forget the sessions pinned to any other number than these. */
  sweepPins(living: ReadonlySet<number>): void
}

/**
 * The set of endpoints in stable slots, their in-flight counts, and who of them may take work.
 *
 *   slots      [ a │ · │ c │ d ]     free: 1           eligible    member, not draining, weight above 0
 *   pins         0       4   3                         blocked     ejected, cooling down or at its cap: passes by itself
 *   by pin     [ 0 │ · │ · │ 3 │ 2 ]                   available   asked per request, like exclusion
 *
 * The selection holds the eligible and knows of blocks; a slot keeps its number while others come and go. A slot is
 * used again, a pin is not (pin-numbers.ts), so that no newcomer inherits sessions.
 */
export class Membership<T> implements Candidates, LeaseOwner<T>, Ward<T> {
  unasked = true
  panic = false
  now = 0
  keyed = false
  keyA = 0
  keyB = 0
  readonly health: Health<T>
  readonly hash: SessionHash
  readonly #slots: (Member<T> | null)[] = []
  readonly #free: number[] = []
  readonly #byId = new Map<string, Member<T>>()
  readonly #pins = new PinNumbers()
  #slotByPin: Uint16Array = new Uint16Array(16)
  readonly #settings: MembershipSettings<T>
  readonly #listener: MembershipListener<T>
  readonly #moment: Moment
  #selection: Selection
  /** Whether the selection learns from latencies. */
  #observing: boolean
  #warming = 0
  /** A warming slot that is passed over in this pick, or -1. */
  #passed = -1
  #asking = false

  constructor(
    selection: Selection,
    observing: boolean,
    settings: MembershipSettings<T>,
    moment: Moment,
    listener: MembershipListener<T>,
  ) {
    this.#selection = selection
    this.#observing = observing
    this.#settings = settings
    this.#moment = moment
    this.#listener = listener
    this.hash = new SessionHash(settings.hashSeed)
    this.health = new Health<T>(settings.ejection, this, listener)
  }

  get size(): number {
    return this.#byId.size
  }

  get selection(): Selection {
    return this.#selection
  }

  /** In order of joining. */
  list(): Member<T>[] {
    return [...this.#byId.values()]
  }

  get(id: string): Member<T> | undefined {
    return this.#byId.get(id)
  }

  /** `warm`: it begins with a small share of its work, if slow start is on. */
  add(endpoint: EndpointOptions<T>, warm: boolean): Member<T> {
    if (this.#byId.has(endpoint.id)) throw new DuplicateEndpointError(endpoint.id)
    if (this.size === MAX_ENDPOINTS) throw new RangeError(`A balancer holds at most ${MAX_ENDPOINTS} endpoints`)
    const slot = this.#free.pop() ?? this.#slots.length
    const pin = this.#pins.take(
      () => this.list().map((member) => member.pin),
      () => this.#listener.sweepPins(new Set(this.list().map((member) => member.pin))),
    )
    this.hash.compute(endpoint.id, '')
    const member = new Member<T>(endpoint, slot, pin, this.hash.a, this.hash.b)
    this.#slots[slot] = member
    this.#bindPin(pin, slot)
    this.#byId.set(member.id, member)
    if (warm) this.#warm(member, this.#moment.now())
    if (eligible(member)) this.#enter(member, true)
    return member
  }

  /** Its leases live on and count down the member they hold. */
  remove(member: Member<T>): void {
    const { slot } = member
    if (eligible(member)) this.#selection.remove(slot)
    this.health.forget(member)
    this.#cool(member)
    this.#byId.delete(member.id)
    this.#slots[slot] = null
    this.#free.push(slot)
  }

  setDraining(member: Member<T>, draining: boolean): void {
    const before = eligible(member)
    member.draining = draining
    this.#updateEligibility(member, before)
  }

  update(member: Member<T>, update: EndpointUpdate<T>): void {
    const { id, weight, tier, zone, maxInFlight } = member
    const value = 'value' in update ? (update.value as T) : member.value
    this.assign(member, {
      id,
      value,
      weight: update.weight ?? weight,
      tier: update.tier ?? tier,
      zone: update.zone ?? zone,
      maxInFlight: update.maxInFlight ?? maxInFlight,
    })
  }

  /** Makes the member what `endpoint` says; its id and everything known about it stay. */
  assign(member: Member<T>, endpoint: EndpointOptions<T>): void {
    const before = eligible(member)
    const share = this.#shareOf(member)
    const { tier } = member
    member.value = endpoint.value
    member.weight = endpoint.weight ?? 1
    member.tier = endpoint.tier ?? 0
    member.zone = endpoint.zone
    member.maxInFlight = endpoint.maxInFlight ?? Number.POSITIVE_INFINITY
    if (!before || !eligible(member)) this.#updateEligibility(member, before)
    else if (member.tier !== tier) {
      this.#selection.remove(member.slot)
      this.#enter(member, true)
    } else if (this.#shareOf(member) !== share) this.#selection.reweigh(member.slot, this.#shareOf(member))
    this.#checkCap(member)
  }

  /** Whether a place that is taken now could serve a request later. */
  isAnyFull(exclude: ReadonlySet<string> | undefined): boolean {
    for (const member of this.#byId.values()) {
      if ((member.blocks & FULL) !== 0 && exclude?.has(member.id) !== true) return true
    }
    return false
  }

  clear(selection: Selection): void {
    this.#slots.length = 0
    this.#free.length = 0
    this.#byId.clear()
    this.health.clear()
    this.#warming = 0
    this.#selection = selection
  }

  /** Hands the eligible members to another strategy. In-flight counts are the members' and stay. */
  useSelection(selection: Selection, observing: boolean): void {
    this.#selection = selection
    this.#observing = observing
    for (const member of this.#byId.values()) if (eligible(member)) this.#enter(member, true)
  }

  /** Places new work. Null when no eligible member is available and not excluded. Sets `panic` as it went. */
  choose(exclude: ReadonlySet<string> | undefined): Member<T> | null {
    this.panic = false
    this.unasked = exclude === undefined && this.#settings.isAvailable === undefined
    let slot = this.#selection.pick(this, exclude)
    if (slot === -1) slot = this.#pickInPanic(exclude)
    else if (this.#warming > 0 && !this.keyed) slot = this.#passOver(slot, exclude)
    return slot === -1 ? null : (this.#slots[slot] as Member<T>)
  }

  accepts(slot: number, exclude: ReadonlySet<string> | undefined): boolean {
    const member = this.#slots[slot] as Member<T>
    if (member.blocks !== 0 && (!this.panic || (member.blocks & FULL) !== 0)) return false
    if (slot === this.#passed) return false
    if (exclude?.has(member.id) === true) return false
    return this.isAvailable(member)
  }

  /** What the option `isAvailable` says. */
  isAvailable(member: Member<T>): boolean {
    const { isAvailable } = this.#settings
    return isAvailable === undefined || this.#ask(isAvailable, member)
  }

  /** The member of a pin, draining or not; null when it has left the set, whoever holds its slot now. */
  byPin(pin: number): Member<T> | null {
    const member = this.#slots[this.#slotByPin[pin] as number] ?? null
    return member !== null && member.pin === pin ? member : null
  }

  acquire(member: Member<T>): void {
    member.inflight++
    if (member.inflight === member.maxInFlight) this.setBlock(member, FULL, true)
    this.#selection.moved(member.slot, member.inflight)
  }

  release(member: Member<T>, outcome: Outcome, startedAt: number, retryAfterMs: number | undefined): void {
    member.inflight--
    const failed = outcome === 'error' || outcome === 'timeout'
    if (failed) member.failures++
    // A removed member's slot may have another holder by now, whose count this is not.
    if (this.#slots[member.slot] !== member) return
    if ((member.blocks & FULL) !== 0) this.#checkCap(member)
    this.#selection.moved(member.slot, member.inflight)
    if (this.#observing || this.health.judging || outcome === 'rate-limited') {
      this.#judge(member, outcome, startedAt, retryAfterMs)
    }
    this.#listener.roomMade()
  }

  setBlock(member: Member<T>, bit: number, on: boolean): void {
    const before = member.blocks
    member.blocks = on ? before | bit : before & ~bit
    if ((before === 0) !== (member.blocks === 0) && eligible(member)) this.#selection.block(member.slot, on)
  }

  recovered(member: Member<T>, now: number): void {
    this.#warm(member, now)
  }

  /** Throws when called from inside `isAvailable`: the pick in progress holds positions that the call would move. */
  assertNotAsking(method: string): void {
    if (this.#asking) throw new BalancerError('ERR_BALANCER_REENTRANT', `isAvailable must not call ${method}()`)
  }

  #judge(member: Member<T>, outcome: Outcome, startedAt: number, retryAfterMs: number | undefined): void {
    const now = this.#moment.read()
    if (outcome === 'cancelled') return
    if (outcome === 'rate-limited') {
      this.health.cool(member, retryAfterMs, now)
      return
    }
    const failed = outcome !== 'ok'
    if (this.#observing) this.#selection.observe(member.slot, Math.max(now - startedAt, 0), failed, now)
    if (failed) this.health.failed(member, startedAt, now)
    else this.health.succeeded(member, startedAt, now)
  }

  // Nobody is left, though some are only away: better one of those than nobody. Not while a sound one is merely at its
  // cap, as its next free place is better still.
  #pickInPanic(exclude: ReadonlySet<string> | undefined): number {
    if (this.health.away === 0) return -1
    for (const member of this.#byId.values()) if (member.blocks === FULL && eligible(member)) return -1
    this.panic = true
    this.unasked = false
    const slot = this.#selection.pick(this, exclude)
    if (slot !== -1) this.#listener.panicked()
    return slot
  }

  // A warming member keeps a growing share of the turns that fall to it and passes the others on.
  #passOver(slot: number, exclude: ReadonlySet<string> | undefined): number {
    const member = this.#slots[slot] as Member<T>
    const { slowStart, random } = this.#settings
    if (slowStart === null || !(member.warmingSince <= this.now)) return slot
    const share = (this.now - member.warmingSince) / slowStart.windowMs
    if (share >= 1) {
      this.#cool(member)
      return slot
    }
    if (random() < Math.max(share, FIRST_SHARE)) return slot
    this.#passed = slot
    this.unasked = false
    const other = this.#selection.pick(this, exclude)
    this.#passed = -1
    return other === -1 ? slot : other
  }

  #warm(member: Member<T>, now: number): void {
    if (this.#settings.slowStart === null) return
    if (Number.isNaN(member.warmingSince)) this.#warming++
    member.warmingSince = now
  }

  #cool(member: Member<T>): void {
    if (Number.isNaN(member.warmingSince)) return
    member.warmingSince = Number.NaN
    this.#warming--
  }

  #checkCap(member: Member<T>): void {
    this.setBlock(member, FULL, member.inflight >= member.maxInFlight)
  }

  #enter(member: Member<T>, fresh: boolean): void {
    const { slot, idA, idB, tier } = member
    this.#selection.add(slot, this.#shareOf(member), member.inflight, { idA, idB, tier, fresh })
    if (member.blocks !== 0) this.#selection.block(slot, true)
  }

  #shareOf(member: Member<T>): number {
    const { zone } = this.#settings
    return zone === null || member.zone === zone.local ? member.weight : member.weight / zone.penalty
  }

  #bindPin(pin: number, slot: number): void {
    if (pin >= this.#slotByPin.length) {
      const larger = new Uint16Array(Math.max(pin + 1, this.#slotByPin.length * 2))
      larger.set(this.#slotByPin)
      this.#slotByPin = larger
    }
    this.#slotByPin[pin] = slot
  }

  #ask(isAvailable: (endpoint: Endpoint<T>) => boolean, member: Member<T>): boolean {
    this.#asking = true
    try {
      const answer = isAvailable(member)
      // A promise is truthy: an async function would switch the check off without a word.
      if (typeof answer !== 'boolean') {
        throw new TypeError(`options.isAvailable must return true or false, got ${show(answer)}`)
      }
      return answer
    } finally {
      this.#asking = false
    }
  }

  #updateEligibility(member: Member<T>, before: boolean): void {
    const after = eligible(member)
    if (before === after) return
    if (after) this.#enter(member, false)
    else this.#selection.remove(member.slot)
  }
}

/** Takes new work in principle. */
export function eligible(member: Member<unknown>): boolean {
  return !member.draining && member.weight > 0
}

/** Away, other than by a cap. */
export function isPassing(member: Member<unknown>): boolean {
  return (member.blocks & PASSING) !== 0
}
