import { TwoChoices } from './two-choices.ts'

/** Of two candidates at random the one with fewer requests in flight, per unit of weight. */
export class P2c extends TwoChoices {
  override cost(slot: number): number {
    return (1 + (this.inflight[slot] as number)) * (this.shares[slot] as number)
  }
}
