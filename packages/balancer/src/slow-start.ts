import type { Member } from './endpoint.ts'
import type { SlowStartSettings } from './options.ts'

/** Share of its turns that a newcomer takes at the very beginning. */
const FIRST_SHARE = 0.1

/**
 * Members that were added lately, or are back after an ejection: a growing share of the turns that fall to one is its
 * own, the rest is passed on.
 *
 *   share   0.1 … 0.1 ── grows with the time since ──► 1: warm, of no further interest here
 */
export class SlowStart {
  readonly #settings: SlowStartSettings | null
  readonly #random: () => number
  #warming = 0

  constructor(settings: SlowStartSettings | null, random: () => number) {
    this.#settings = settings
    this.#random = random
  }

  /** Whether anybody is warming up. */
  get active(): boolean {
    return this.#warming > 0
  }

  begin(member: Member<unknown>, now: number): void {
    if (this.#settings === null) return
    if (Number.isNaN(member.warmingSince)) this.#warming++
    member.warmingSince = now
  }

  end(member: Member<unknown>): void {
    if (Number.isNaN(member.warmingSince)) return
    member.warmingSince = Number.NaN
    this.#warming--
  }

  clear(): void {
    this.#warming = 0
  }

  /** Whether the member shall pass on the turn that fell to it. */
  passes(member: Member<unknown>, now: number): boolean {
    const settings = this.#settings
    if (settings === null || !(member.warmingSince <= now)) return false
    const share = (now - member.warmingSince) / settings.windowMs
    if (share < 1) return this.#random() >= Math.max(share, FIRST_SHARE)
    this.end(member)
    return false
  }
}
