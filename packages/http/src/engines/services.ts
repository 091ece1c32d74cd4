import type { ContextPool } from '../context-pool.ts'
import type { RouteTable } from '../handler.ts'
import type { ServerSettings } from '../options.ts'

/** What all exchanges of a server share. */
export interface ExchangeServices {
  readonly settings: ServerSettings
  readonly pool: ContextPool
  readonly router: RouteTable
  /** The server is draining: connections end with their next answer. */
  readonly isDraining: boolean
}
