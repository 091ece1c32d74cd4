/** One balancer's memory of its sessions: which of a few endpoints a session belongs to. */
export interface SessionStore {
  /** The endpoint of the session: where it was last time, else the next in turn, remembered from now on. */
  route(sessionId: string): number
  /** Sessions remembered. */
  size(): number
}

export interface StoreDesign {
  /** `max`: sessions it has room for. `endpoints`: 0 to endpoints - 1. */
  createStore(max: number, endpoints: number): SessionStore
}

/** Five hours: the time to live of the original. */
export const TTL_MS = 18_000_000
