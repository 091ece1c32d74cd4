import type { PickReason } from '../lease.ts'
import type { Scenario } from './scenario.ts'
import type { TrueState } from './servers.ts'

export type ReplyOutcome = 'ok' | 'error' | 'timeout'

/**
 * One balancer instance under a policy, as the simulation drives it. Servers, requests and sessions are numbers. It
 * begins with the servers of the beginning.
 */
export interface Contender {
  /** Why the last pick chose its server. */
  readonly reason: PickReason
  /** The server of a request, or -1 when there is none to send it to. `session` is -1 for none. */
  pick(request: number, session: number): number
  /** The reply of a picked request, once. */
  done(request: number, outcome: ReplyOutcome): void
  add(server: number, weight: number): void
  remove(server: number): void
  drain(server: number): void
  setWeight(server: number, weight: number): void
  /** Counts since the beginning. */
  troubles(): Troubles
}

export interface Troubles {
  readonly ejections: number
  readonly panics: number
}

/** What a policy gets to know when its instances are made. */
export interface Stage {
  readonly scenario: Scenario
  readonly seed: number
  /** The simulated time in ms. */
  readonly clock: { now(): number }
  /** For the oracle only. */
  readonly truth: TrueState
  readonly requests: number
}

/** Of a policy that knows neither. */
export const NO_TROUBLES: Troubles = { ejections: 0, panics: 0 }
