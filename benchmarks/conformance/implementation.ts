// What the player asks of an implementation: the operations of the format, under the names of the format.
import type { ExpectKey, Observation, SettledAs, State, Vector } from './vector.ts'
import type { VirtualTime } from './virtual-time.ts'

/** One breaker under test. Whatever cannot be done is declared by `inexpressible` and never asked. */
export interface Subject {
  /** Asks for a permit and keeps it; true when admitted. */
  acquire(call: string): boolean | Promise<boolean>
  settle(call: string, outcome: SettledAs, ms: number): void
  /** Acquire and settle at once; false when refused. Without it the player does the two one after the other. */
  call?(outcome: SettledAs, ms: number): boolean | Promise<boolean>
  release(call: string): void
  force(to: State, forMs: number | undefined): void
  reset(): void
  isolate(handle: string): void
  dispose(handle: string): void
  exportImport(downMs: number): void
  observe(): Observation
  destroy(): void
}

export interface Implementation {
  /** For `--implementation`; lower case with dashes. */
  readonly name: string
  /** With version, for the scoreboard. */
  readonly title: string
  /** Expectations it can show. Others are not compared; with none left a vector is not expressible. */
  readonly shows: readonly ExpectKey[]
  /** Promises have to run before the result of an operation can be seen. */
  readonly settlesLater: boolean
  /** Why a vector cannot be said in the terms of this implementation; undefined when it can. */
  inexpressible(vector: Vector): string | undefined
  /** A fresh breaker with the configuration of the vector, at time 0. */
  create(vector: Vector, time: VirtualTime): Subject
}

/** For what `inexpressible` has excluded. */
export function notMapped(operation: string): never {
  throw new Error(`${operation} is not mapped for this implementation`)
}
