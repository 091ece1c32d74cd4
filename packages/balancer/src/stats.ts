/** Figures of one endpoint since it joined. */
export interface EndpointStats {
  readonly id: string
  readonly weight: number
  readonly inflight: number
  /** How often it was picked, with and without a lease. */
  readonly picks: number
  /** Leases that ended in `error` or `timeout`. */
  readonly failures: number
  /** Living sessions pinned to it; missing when sessions are off. */
  readonly sessions?: number
  readonly draining: boolean
}

/** Fill of the session table. All 0 when sessions are off. */
export interface SessionCacheStats {
  readonly size: number
  readonly maxSize: number
  /** 0 to 100. */
  readonly utilizationPercent: number
}
