import type { AsyncCase, SyncCase } from '../../runner/suite.ts'
import type { BalancingDesign } from './balancing.ts'

type BalancerCase = SyncCase<BalancingDesign, number> | AsyncCase<BalancingDesign, number>

const SESSIONS = 5_003
const PEERS = ['balanced-pool', 'load-balancers', 'loadbalance'] as const
const COUNTLESS = ['turns', 'legacy', 'legacy-timers', 'legacy-least-used', ...PEERS] as const
const SYNCHRONOUS = ['auto', 'round-robin', 'least-inflight', 'p2c', 'p2c-ewma', 'maglev', 'rendezvous'] as const
const skip = (names: readonly string[], reason: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, reason]))

function turns(): number[] {
  return Array.from({ length: 1_021 }, (_, index) => index)
}

function sessionIds(): string[] {
  return Array.from({ length: SESSIONS }, (_, index) => {
    const id = `session-${index}-${'abcdefghijklmnopqrstuvwxyz'.repeat(2)}`
    // A flat string, as one that came from a socket.
    return Buffer.from(id.slice(0, 36), 'latin1').toString('latin1')
  })
}

function pick(endpoints: number): BalancerCase {
  return {
    kind: 'sync',
    name: `pick-${endpoints}`,
    title: `choose one of ${endpoints.toLocaleString('en-US')} endpoints, no session, no lease`,
    inputs: turns,
    // Each a member; whom exactly is what the contenders differ in.
    answer: ({ createBalancing }) => {
      const balancing = createBalancing(endpoints)
      const chosen = Array.from({ length: 20 * endpoints }, () => balancing.pick())
      return chosen.every((index) => Number.isInteger(index) && index >= 0 && index < endpoints)
    },
    prepare: ({ createBalancing }) => {
      const balancing = createBalancing(endpoints)
      return () => balancing.pick()
    },
  }
}

function serve(endpoints: number): BalancerCase {
  return {
    kind: 'sync',
    name: `serve-${endpoints}`,
    title: `a lease on one of ${endpoints.toLocaleString('en-US')} endpoints and its end: two readings of the clock included`,
    inputs: turns,
    answer: ({ createBalancing }) => {
      const balancing = createBalancing(endpoints)
      return Array.from({ length: 50 }, () => balancing.serve()).every((index) => index >= 0 && index < endpoints)
    },
    skip: { ...skip(COUNTLESS, 'counts nothing in flight'), ...skip(['maglev', 'rendezvous'], 'hashes: see sticky') },
    prepare: ({ createBalancing }) => {
      const balancing = createBalancing(endpoints)
      return () => balancing.serve()
    },
  }
}

// Nearly all of them: `auto` moves a session from an endpoint that a busy machine has made look slow.
function keepsHomes({ createBalancing }: BalancingDesign, endpoints: number): boolean {
  const ids = sessionIds()
  const balancing = createBalancing(endpoints)
  const homes = ids.map((id) => balancing.pickFor(id))
  return ids.filter((id, index) => balancing.pickFor(id) === homes[index]).length > 0.9 * ids.length
}

function sticky(endpoints: number): BalancerCase {
  const ids = sessionIds()
  return {
    kind: 'sync',
    name: `sticky-${endpoints}`,
    title: `where a known session goes, ${SESSIONS.toLocaleString('en-US')} of them, ${endpoints} endpoints`,
    inputs: () => ids.map((_, index) => index),
    answer: (design) => keepsHomes(design, endpoints),
    skip: skip(['turns', 'legacy-least-used', ...PEERS], 'knows no sessions'),
    prepare: ({ createBalancing }) => {
      const balancing = createBalancing(endpoints)
      for (const id of ids) balancing.pickFor(id)
      return (index) => balancing.pickFor(ids[index] as string)
    },
  }
}

/** What a caller of the originals waits for: their select is an async function. */
function awaited(endpoints: number): BalancerCase {
  const ids = sessionIds()
  return {
    kind: 'async',
    name: `sticky-${endpoints}-awaited`,
    title: `the same as an async function that is awaited, as the original is; ${endpoints} endpoints`,
    inputs: () => ids.map((_, index) => index),
    answer: (design) => keepsHomes(design, endpoints),
    skip: {
      ...skip(['turns', 'legacy-least-used', ...PEERS], 'knows no sessions'),
      ...skip(SYNCHRONOUS, `answers at once: see sticky-${endpoints}`),
    },
    prepare: ({ createBalancing }) => {
      const balancing = createBalancing(endpoints)
      for (const id of ids) balancing.pickFor(id)
      return async (index) => balancing.pickFor(ids[index] as string)
    },
  }
}

export const cases: readonly BalancerCase[] = [
  pick(10),
  pick(100),
  pick(1_000),
  serve(10),
  serve(100),
  serve(1_000),
  sticky(10),
  sticky(100),
  awaited(100),
]
