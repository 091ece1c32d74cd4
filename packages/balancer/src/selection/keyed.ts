import type { Candidates, Placement } from './selection.ts'
import { Uncosted } from './uncosted.ts'
import { XorShift } from './xorshift.ts'

/** One endpoint as the hashing strategies see it. */
export interface Place {
  readonly slot: number
  readonly idA: number
  readonly idB: number
  weight: number
}

/**
 * What the hashing strategies share: the list of endpoints in the order of their hashed ids, so that no result depends
 * on the order in which they were given, and a random key for a request that has none.
 */
export abstract class Keyed extends Uncosted {
  protected readonly places: Place[] = []
  readonly #random: XorShift

  constructor(random: () => number) {
    super()
    this.#random = new XorShift(random)
  }

  override add(slot: number, weight: number, _inflight: number, placement?: Placement): void {
    const place = { slot, weight, idA: placement?.idA ?? slot, idB: placement?.idB ?? slot }
    const index = this.places.findIndex((other) => precedes(place, other))
    this.places.splice(index === -1 ? this.places.length : index, 0, place)
    this.changed()
  }

  override remove(slot: number): void {
    this.places.splice(this.#indexOf(slot), 1)
    this.changed()
  }

  override reweigh(slot: number, weight: number): void {
    const place = this.places[this.#indexOf(slot)] as Place
    place.weight = weight
    this.changed()
  }

  override pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    if (this.places.length === 0) return -1
    const { keyed } = candidates
    const a = keyed ? candidates.keyA : this.#random.next()
    const b = keyed ? candidates.keyB : this.#random.next()
    return this.pickFor(a, b, candidates, exclude)
  }

  /** The slot for a key's hash among at least one place, -1 when none is accepted. */
  protected abstract pickFor(
    keyA: number,
    keyB: number,
    candidates: Candidates,
    exclude: ReadonlySet<string> | undefined,
  ): number

  /** The places or their weights are not what they were. */
  protected changed(): void {}

  #indexOf(slot: number): number {
    return this.places.findIndex((place) => place.slot === slot)
  }
}

function precedes(place: Place, other: Place): boolean {
  return place.idA !== other.idA ? place.idA < other.idA : place.idB < other.idB
}
