// The order of the processes. Neighbours in time are compared with each other:
//
//   bytes, retained     in parallel, one process per core: allocation does not depend on load
//   round 1   case x   A B C      case y   A B C
//   round 2   case x   B C A      case y   B C A      (who goes first changes: nobody always inherits a warm or a hot CPU)
//   round 3   case x   C A B      …
import type { AnySuite, Measure } from './suite.ts'
import { measuresOf } from './suite.ts'

export interface Job {
  readonly round: number
  readonly rounds: number
  readonly case: string
  readonly contender: string
  readonly measure: Measure
}

/** The list turned left by `steps`: `[a, b, c]` by 1 is `[b, c, a]`. */
export function rotate<T>(list: readonly T[], steps: number): readonly T[] {
  const at = list.length === 0 ? 0 : steps % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

/** Measures that this machine cannot take, with the reason. */
export type Unavailable = Readonly<Partial<Record<Measure, string>>>

/** Allocation is exact and does not depend on load: a second round only shows that it is. What is kept is counted once. */
function roundsOf(measure: Measure, rounds: number): number {
  if (measure === 'retained') return 1
  return measure === 'bytes' ? Math.ceil(Math.min(rounds, 4) / 2) : rounds
}

/** What is counted and not timed may run side by side. */
export function isLoadFree(measure: Measure): boolean {
  return measure === 'bytes' || measure === 'retained'
}

/** All processes of a suite's measurement in the order in which they start: bytes, then the timed rounds. */
export function interleave(suite: AnySuite, rounds: number, unavailable: Unavailable = {}): Job[] {
  const jobs: Job[] = []
  for (let round = 0; round < rounds; round++) {
    for (const benchmark of suite.cases) {
      const names = suite.contenders.map((contender) => contender.name)
      const running = names.filter((name) => benchmark.skip?.[name] === undefined)
      for (const measure of measuresOf(benchmark)) {
        const own = roundsOf(measure, rounds)
        if (round >= own || unavailable[measure] !== undefined) continue
        for (const contender of rotate(running, round)) {
          jobs.push({ round, rounds: own, case: benchmark.name, contender, measure })
        }
      }
    }
  }
  return [...jobs.filter(({ measure }) => isLoadFree(measure)), ...jobs.filter(({ measure }) => !isLoadFree(measure))]
}
