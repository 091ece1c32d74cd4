import type { LoadBalancer } from '../balancer.ts'
import type { Lease } from '../lease.ts'
import type { PickRequest } from '../request.ts'
import { outcomeOfStatus, parseRetryAfter } from '../retry-after.ts'

type Headers = Record<string, string | string[] | undefined>

/** undici's handler of one request, as of version 8. */
export interface DispatchHandler {
  onRequestStart?(controller: unknown, context: unknown): void
  onRequestUpgrade?(controller: unknown, statusCode: number, headers: Headers, socket: unknown): void
  onResponseStart?(controller: unknown, statusCode: number, headers: Headers, statusMessage?: string): void
  onResponseData?(controller: unknown, chunk: unknown): void
  onResponseEnd?(controller: unknown, trailers: Headers): void
  onResponseError?(controller: unknown, error: Error): void
  onResponseStarted?(): void
  onBodySent?(chunk: unknown): void
  onRequestSent?(): void
}

export interface DispatchOptions {
  readonly origin?: string | URL | undefined
  readonly path: string
  readonly method: string
}

/** What is needed of an endpoint's value: undici's Pool and Client fit, each bound to its own origin. */
export interface DispatcherLike {
  dispatch(options: never, handler: never): boolean
  close?(): Promise<void>
  destroy?(): Promise<void>
}

/**
 * A dispatcher for undici's `request`, `fetch` and `RetryAgent` over a balancer whose endpoints are Pools or Clients.
 *
 *   request('http://any.invalid/path', { dispatcher })  ─►  pick  ─►  the endpoint's own origin
 *
 * The lease lasts until the answer has been received. The status decides the outcome: 429, and 503 with Retry-After, let
 * the endpoint cool down; other 5xx and errors are failures; an abort says nothing. One attempt per dispatch.
 * When every endpoint is at its cap, the request waits as `acquire` does; without any, the handler gets NoEndpointError.
 */
export class BalancedDispatcher<D extends DispatcherLike = DispatcherLike> {
  readonly #balancer: LoadBalancer<D>
  readonly #pickFor: ((options: DispatchOptions) => Omit<PickRequest, 'exclude'>) | undefined

  /** `pickFor`: what the balancer is told about a request: its session, tenant, key or token. */
  constructor(balancer: LoadBalancer<D>, pickFor?: (options: DispatchOptions) => Omit<PickRequest, 'exclude'>) {
    this.#balancer = balancer
    this.#pickFor = pickFor
  }

  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean {
    if (typeof handler?.onResponseError !== 'function') {
      throw new TypeError('The handler has no onResponseError(): undici 8 or later is needed')
    }
    const request = this.#pickFor?.(options) ?? {}
    const lease = this.#balancer.pick(request)
    if (lease !== null) return send(lease, options, handler)
    this.#balancer.acquire(request).then(
      (later) => void send(later, options, handler),
      (error: Error) => handler.onResponseError?.(null, error),
    )
    return true
  }

  /** Closes every endpoint once its requests have ended. The balancer itself stays. */
  async close(): Promise<void> {
    await Promise.all(this.#balancer.endpoints().map(({ value }) => value.close?.()))
  }

  /** Cuts every endpoint's connections. The balancer itself stays. */
  async destroy(): Promise<void> {
    await Promise.all(this.#balancer.endpoints().map(({ value }) => value.destroy?.()))
  }
}

function send(lease: Lease<DispatcherLike>, options: DispatchOptions, handler: DispatchHandler): boolean {
  const watched = new WatchedHandler(lease, handler)
  // The endpoint knows its own origin; the one in the options is a placeholder.
  const { origin: _, ...rest } = options
  try {
    return lease.endpoint.value.dispatch(rest as never, watched as never)
  } catch (error) {
    lease.done('error')
    throw error
  }
}

/** Passes everything on and ends the lease when the answer has ended. */
class WatchedHandler implements DispatchHandler {
  readonly #lease: Lease<unknown>
  readonly #handler: DispatchHandler
  #status = 0
  #retryAfter: string | undefined

  constructor(lease: Lease<unknown>, handler: DispatchHandler) {
    this.#lease = lease
    this.#handler = handler
  }

  onRequestStart(controller: unknown, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context)
  }

  onRequestUpgrade(controller: unknown, statusCode: number, headers: Headers, socket: unknown): void {
    // From here on the connection is the caller's.
    this.#lease.done('ok')
    this.#handler.onRequestUpgrade?.(controller, statusCode, headers, socket)
  }

  onResponseStart(controller: unknown, statusCode: number, headers: Headers, statusMessage?: string): void {
    this.#status = statusCode
    const retryAfter = headers['retry-after']
    this.#retryAfter = typeof retryAfter === 'string' ? retryAfter : retryAfter?.[0]
    this.#handler.onResponseStart?.(controller, statusCode, headers, statusMessage)
  }

  onResponseData(controller: unknown, chunk: unknown): void {
    this.#handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: unknown, trailers: Headers): void {
    const pauseMs = parseRetryAfter(this.#retryAfter, Date.now())
    const outcome = outcomeOfStatus(this.#status, pauseMs !== undefined)
    this.#lease.done(outcome, outcome === 'rate-limited' ? pauseMs : undefined)
    this.#handler.onResponseEnd?.(controller, trailers)
  }

  onResponseError(controller: unknown, error: Error): void {
    this.#lease.done(outcomeOfError(error))
    this.#handler.onResponseError?.(controller, error)
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.()
  }

  onBodySent(chunk: unknown): void {
    this.#handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.()
  }
}

function outcomeOfError(error: Error & { readonly code?: unknown }): 'cancelled' | 'timeout' | 'error' {
  if (error.name === 'AbortError' || error.code === 'UND_ERR_ABORTED') return 'cancelled'
  return error.name === 'TimeoutError' || /TIMEOUT$/.test(String(error.code)) ? 'timeout' : 'error'
}
