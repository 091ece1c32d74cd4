import type { Candidates, Placement, Selection } from './selection.ts'

/** What strategies without a notion of load have in common: they hear of it and do not care. */
export abstract class Uncosted implements Selection {
  abstract add(slot: number, weight: number, inflight: number, placement?: Placement): void
  abstract remove(slot: number): void
  abstract pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number

  reweigh(_slot: number, _weight: number): void {}

  moved(_slot: number, _inflight: number): void {}

  block(_slot: number, _blocked: boolean): void {}

  observe(_slot: number, _latencyMs: number, _failed: boolean, _now: number): void {}

  cost(_slot: number, _now: number): number {
    return Number.NaN
  }

  leastCost(): number {
    return 0
  }
}
