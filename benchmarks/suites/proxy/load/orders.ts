// What the runner asks of the load's process, and what it gets back.
import type { Address } from './client-socket.ts'
import type { LoadShape } from './load.ts'

interface OrderOf<What extends string> {
  readonly do: What
  readonly address: Address
  /** The contender's process; its CPU and memory are read around the work. */
  readonly pid: number
}

/** Requests for so long, or events when the kind is `events`. */
export interface RunOrder extends OrderOf<'run'> {
  readonly shape: LoadShape
  readonly milliseconds: number
  /** The contender's CPU, for the share that others took of it; null when nothing is pinned. */
  readonly cpu: number | null
}

/** Connections that answer once and then rest. */
export interface HoldOrder extends OrderOf<'hold'> {
  readonly connections: number
}

/** Processes to end should the runner disappear without doing so itself. */
export interface WatchOrder {
  readonly do: 'watch'
  readonly pids: readonly number[]
}

export type Order = RunOrder | HoldOrder

/** The process's first word, then one for each order but `watch`. */
export type Reply = { readonly ports: readonly number[] } | { readonly result: unknown } | { readonly error: string }

/** One measurement of a contender under load. */
export interface RunFigures {
  /** Requests answered, or events delivered. */
  readonly requests: number
  /** Anything that went wrong; one voids the row. */
  readonly faults: readonly string[]
  /** CPU of the contender in microseconds: exact, and split in ticks of 10 ms. */
  readonly total: number
  readonly user: number
  readonly system: number
  readonly wallMs: number
  /** Latency in milliseconds; 0 for streams. */
  readonly p50: number
  readonly p99: number
  /** Share of the contender's core that others used; 0 when not known. */
  readonly foreign: number
  /** Share of a core that the load and the upstream used: near 1 they, not the contender, set the pace. */
  readonly load: number
  readonly residentBytes: number
}

export interface HoldFigures {
  readonly connections: number
  readonly faults: readonly string[]
  /** Resident bytes before the first connection, and with all of them at rest. */
  readonly before: number
  readonly after: number
}
