import { mix } from './key-mix.ts'
import { Keyed, type Place } from './keyed.ts'
import type { Candidates } from './selection.ts'

/** A prime, and the size of the small table of the paper: shares differ by a few per cent up to about 1,000 endpoints. */
const SIZE = 65_537
const EMPTY = -1
/** Other places of the table tried when the first is not accepted. */
const REHASHES = 8

/**
 * Maglev hashing (Eisenbud et al., NSDI 2016): a table of 65,537 places that the endpoints fill in turns, each by its own
 * permutation of the places, so that shares are even and a change of the set moves few keys (about twice the least).
 *
 *   table    c a a b c b a …        key → place hash mod 65,537 → endpoint
 *
 * Weights: an endpoint of half the greatest weight takes every other turn. A lookup is one read, O(1) whatever the number
 * of endpoints; a change rebuilds the table at the next pick, about a millisecond or two.
 * Not accepted: up to eight other places by rehashing the key, then the first accepted in an order of the key's own.
 */
export class Maglev extends Keyed {
  /** Index into the places. */
  readonly #table: Int32Array = new Int32Array(SIZE)
  #stale = false

  protected override changed(): void {
    this.#stale = true
  }

  protected override pickFor(
    keyA: number,
    keyB: number,
    candidates: Candidates,
    exclude: ReadonlySet<string> | undefined,
  ): number {
    if (this.#stale) this.#build()
    for (let attempt = 0; attempt <= REHASHES; attempt++) {
      const place = this.places[this.#table[mix(keyA, keyB, attempt, attempt) % SIZE] as number] as Place
      if (candidates.accepts(place.slot, exclude)) return place.slot
    }
    const count = this.places.length
    const start = mix(keyA, keyB, REHASHES + 1, 0) % count
    for (let step = 0; step < count; step++) {
      const place = this.places[(start + step) % count] as Place
      if (candidates.accepts(place.slot, exclude)) return place.slot
    }
    return -1
  }

  #build(): void {
    this.#stale = false
    const { places } = this
    const table = this.#table.fill(EMPTY)
    const greatest = places.reduce((most, { weight }) => Math.max(most, weight), 0)
    const next = places.map(({ idA, idB }) => mix(idA, idB, 1, 1) % SIZE)
    const skips = places.map(({ idA, idB }) => (mix(idA, idB, 2, 2) % (SIZE - 1)) + 1)
    const turns = new Float64Array(places.length)
    let filled = 0
    while (filled < SIZE) {
      for (let index = 0; index < places.length && filled < SIZE; index++) {
        const due = (turns[index] as number) + (places[index] as Place).weight / greatest
        turns[index] = due >= 1 ? due - 1 : due
        if (due < 1) continue
        let at = next[index] as number
        while (table[at] !== EMPTY) at = (at + (skips[index] as number)) % SIZE
        table[at] = index
        next[index] = (at + (skips[index] as number)) % SIZE
        filled++
      }
    }
  }
}
