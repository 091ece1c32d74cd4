import type { Upstream } from '../../../src/upstream/upstream.ts'

/** Everything that happened to the targets, in order: `a permit`, `a settle success`, `a lease ok`. */
export type Journal = string[]

export interface FakeTarget {
  readonly id: string
  /** False = the breaker refuses permits. */
  readonly permits?: boolean
  readonly state?: 'closed' | 'open' | 'half_open'
}

/** An upstream that offers its targets in order and writes down what is done to them. */
export function fakeUpstream(
  targets: readonly FakeTarget[],
  { maxAttempts = 3, budget = true }: { maxAttempts?: number; budget?: boolean } = {},
): { upstream: Upstream; journal: Journal; fallbacks: { connect: number; reset: number } } {
  const journal: Journal = []
  const fallbacks = { connect: 0, reset: 0 }
  const endpoints = targets.map(({ id, permits = true, state = 'closed' }) => ({
    id,
    value: {
      id,
      breaker: { getState: () => state },
      tryAcquire: () => {
        journal.push(`${id} ${permits ? 'permit' : 'refused'}`)
        return permits ? 7 : 0
      },
      settle: (permit: number, outcome: string) =>
        journal.push(`${id} settle ${outcome}${permit === 7 ? '' : ' WRONG'}`),
      recordAttempt: (outcome: string) => journal.push(`${id} count ${outcome}`),
    },
  }))
  const upstream = {
    config: { fallback: { maxAttempts } },
    fallbacks,
    retryBudget: { tryWithdraw: () => budget },
    pick: ({ exclude }: { exclude?: Set<string> }) => {
      const endpoint = endpoints.find(({ id }) => exclude?.has(id) !== true)
      if (endpoint === undefined) return null
      return { endpoint, done: (outcome: string) => journal.push(`${endpoint.id} lease ${outcome}`) }
    },
  }
  return { upstream: upstream as unknown as Upstream, journal, fallbacks }
}
