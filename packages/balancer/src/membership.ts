import { type Endpoint, type EndpointOptions, Member } from './endpoint.ts'
import { BalancerError, DuplicateEndpointError } from './errors.ts'
import type { LeaseOwner, Outcome } from './lease.ts'
import type { Candidates, Selection } from './selection/selection.ts'
import { show } from './validate.ts'

/** A slot has 16 bits in a pin. */
const MAX_ENDPOINTS = 65_536
// 15 bits, so that a pin is never negative.
const GENERATIONS = 32_768

/**
 * The set of endpoints in stable slots, their in-flight counts, and who of them may take work.
 *
 *   slots        [ a │ · │ c │ d ]     free: 1        pin = generation · 65,536 + slot
 *   generations    0   3   0   1
 *
 * A slot keeps its number while others come and go. When it is re-used its generation differs, so a pin of the former
 * holder matches nobody. Eligible (member, not draining, weight above 0) is what the selection knows about; available
 * and excluded are asked per request.
 */
export class Membership<T> implements Candidates, LeaseOwner<T> {
  readonly #slots: (Member<T> | null)[] = []
  readonly #generations: number[] = []
  readonly #free: number[] = []
  readonly #byId = new Map<string, Member<T>>()
  readonly #isAvailable: ((endpoint: Endpoint<T>) => boolean) | undefined
  /** Called when a slot has run through all generations: its oldest pins could be mistaken for new ones. */
  readonly #onSlotWorn: (slot: number) => void
  #selection: Selection
  #asking = false

  constructor(
    selection: Selection,
    isAvailable: ((endpoint: Endpoint<T>) => boolean) | undefined,
    onSlotWorn: (slot: number) => void,
  ) {
    this.#selection = selection
    this.#isAvailable = isAvailable
    this.#onSlotWorn = onSlotWorn
  }

  get size(): number {
    return this.#byId.size
  }

  /** In order of joining. */
  list(): Member<T>[] {
    return [...this.#byId.values()]
  }

  get(id: string): Member<T> | undefined {
    return this.#byId.get(id)
  }

  add(endpoint: EndpointOptions<T>): Member<T> {
    if (this.#byId.has(endpoint.id)) throw new DuplicateEndpointError(endpoint.id)
    if (this.size === MAX_ENDPOINTS) throw new RangeError(`A balancer holds at most ${MAX_ENDPOINTS} endpoints`)
    const slot = this.#free.pop() ?? this.#slots.length
    const generation = this.#generations[slot] ?? 0
    const member = new Member<T>(endpoint.id, endpoint.value, endpoint.weight ?? 1, slot, generation)
    this.#slots[slot] = member
    this.#generations[slot] = generation
    this.#byId.set(member.id, member)
    if (eligible(member)) this.#selection.add(slot, member.weight, 0)
    return member
  }

  /** Its leases live on and count down the member they hold. */
  remove(member: Member<T>): void {
    const { slot } = member
    if (eligible(member)) this.#selection.remove(slot)
    this.#byId.delete(member.id)
    this.#slots[slot] = null
    this.#free.push(slot)
    const generation = (member.generation + 1) % GENERATIONS
    this.#generations[slot] = generation
    if (generation === 0) this.#onSlotWorn(slot)
  }

  setDraining(member: Member<T>, draining: boolean): void {
    const before = eligible(member)
    member.draining = draining
    this.#updateEligibility(member, before)
  }

  setWeight(member: Member<T>, weight: number): void {
    const before = eligible(member)
    const changed = member.weight !== weight
    member.weight = weight
    this.#updateEligibility(member, before)
    if (changed && before && eligible(member)) this.#selection.reweigh(member.slot, weight)
  }

  clear(selection: Selection): void {
    this.#slots.length = 0
    this.#generations.length = 0
    this.#free.length = 0
    this.#byId.clear()
    this.#selection = selection
  }

  /** Hands the eligible members to another strategy. In-flight counts are the members' and stay. */
  useSelection(selection: Selection): void {
    for (const member of this.#byId.values()) {
      if (eligible(member)) selection.add(member.slot, member.weight, member.inflight)
    }
    this.#selection = selection
  }

  /** Places new work. Null when no eligible member is available and not excluded. */
  choose(exclude: ReadonlySet<string> | undefined): Member<T> | null {
    const slot = this.#selection.pick(this, exclude)
    return slot === -1 ? null : (this.#slots[slot] as Member<T>)
  }

  accepts(slot: number, exclude: ReadonlySet<string> | undefined): boolean {
    const member = this.#slots[slot] as Member<T>
    if (exclude?.has(member.id) === true) return false
    return this.#isAvailable === undefined || this.#ask(this.#isAvailable, member)
  }

  pinOf(member: Member<T>): number {
    return (member.generation << 16) | member.slot
  }

  /** The member of a pin, draining or not; null when it has left the set, whoever holds its slot now. */
  byPin(pin: number): Member<T> | null {
    const member = this.#slots[pin & 0xffff] ?? null
    return member !== null && member.generation === pin >>> 16 ? member : null
  }

  acquire(member: Member<T>): void {
    member.inflight++
    this.#selection.moved(member.slot, member.inflight)
  }

  release(member: Member<T>, outcome: Outcome): void {
    member.inflight--
    if (outcome === 'error' || outcome === 'timeout') member.failures++
    // A removed member's slot may have another holder by now, whose count this is not.
    if (this.#slots[member.slot] === member) this.#selection.moved(member.slot, member.inflight)
  }

  /** Throws when called from inside `isAvailable`: the pick in progress holds positions that the call would move. */
  assertNotAsking(method: string): void {
    if (this.#asking) throw new BalancerError('ERR_BALANCER_REENTRANT', `isAvailable must not call ${method}()`)
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
    if (after) this.#selection.add(member.slot, member.weight, member.inflight)
    else this.#selection.remove(member.slot)
  }
}

function eligible(member: Member<unknown>): boolean {
  return !member.draining && member.weight > 0
}
