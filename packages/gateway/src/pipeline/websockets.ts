import type { RequestContext } from '@breakwater/http'
import type { WebSocketConfig } from '../config/config.ts'
import type { HttpMetrics } from '../telemetry/http-metrics.ts'
import type { ForwardHooks } from './forward.ts'

/**
 * The WebSockets of one route: how many there may be at one time. A request for one passes every step that another
 * request of the route passes (paths, sessions, breakers, fallback); only the cache has nothing to say.
 *
 *    takes? ──► full? 503 ──► open ──► pick, permit, upgrade ──► 101: a tunnel ──► its end, or another answer: ended
 */
export class WebSockets {
  readonly #config: WebSocketConfig
  readonly #http: HttpMetrics
  #open = 0

  constructor(config: WebSocketConfig, http: HttpMetrics) {
    this.#config = config
    this.#http = http
  }

  /** True if the request asks for a WebSocket. */
  takes(ctx: RequestContext): boolean {
    return ctx.upgradeProtocol.toLowerCase() === 'websocket'
  }

  get isFull(): boolean {
    return this.#open >= this.#config.max
  }

  /** Counts one, from its request on until that is over, however it ends. */
  open(ctx: RequestContext): ForwardHooks {
    this.#open++
    let isTunnel = false
    ctx.state.endWebSocket = () => {
      this.#open--
      if (isTunnel) this.#http.webSockets--
    }
    return {
      upgrade: true,
      onHead: (_ctx, head) => {
        isTunnel = head.status === 101
        if (isTunnel) this.#http.webSockets++
        return 'pass'
      },
    }
  }
}

/** The request is over; if it asked for a WebSocket, that is no more. */
export function endWebSocket({ state }: RequestContext): void {
  if (typeof state.endWebSocket === 'function') state.endWebSocket()
}
