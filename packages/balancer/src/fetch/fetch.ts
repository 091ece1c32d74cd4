import type { LoadBalancer } from '../balancer.ts'
import type { Lease, Outcome } from '../lease.ts'
import type { PickRequest } from '../request.ts'
import { outcomeOfStatus, parseRetryAfter } from '../retry-after.ts'
import { checkRecord, show } from '../validate.ts'

export interface FetchOptions {
  /** The function that sends. @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** What the balancer is told about a request: its session, tenant, key or token. @default nothing */
  readonly pickFor?: ((request: Request) => Omit<PickRequest, 'exclude'>) | undefined
  /**
   * When the work counts as done: with the head of the answer, or with the end of its body. `body` needs every body to
   * be read or cancelled, and counts a stream for as long as it lasts.
   * @default 'headers'
   */
  readonly until?: 'headers' | 'body' | undefined
}

/** As `fetch`; a path, or the path of a URL whose origin does not matter, is sent to the endpoint chosen. */
export type BalancedFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * A `fetch` over a balancer whose endpoints are base URLs.
 *
 *   fetch('/v1/chat?x=1')  ─►  endpoint http://10.0.0.2:8080/api  ─►  http://10.0.0.2:8080/api/v1/chat?x=1
 *
 * One attempt per call: whether a request may be sent twice is the caller's to know. To retry, lease and send in one
 * place, `balancer.run((base) => fetch(new URL(path, base)), { retries: 1 })`; this function inside `run` would lease
 * twice, and the endpoint that `run` leased would be credited with work that it never saw. The status decides the outcome: 429, and 503 with Retry-After, let the endpoint cool down; other 5xx and network errors
 * are failures; an aborted request says nothing. Waits as `acquire`, and rejects as it does.
 */
export function createFetch<V extends string | URL>(
  balancer: LoadBalancer<V>,
  options: FetchOptions = {},
): BalancedFetch {
  checkRecord('options', options, ['fetch', 'pickFor', 'until'])
  const { fetch: send = globalThis.fetch, pickFor, until = 'headers' } = options
  if (typeof send !== 'function') throw new TypeError(`options.fetch must be a function, got ${show(send)}`)
  if (until !== 'headers' && until !== 'body') {
    throw new TypeError(`options.until must be "headers" or "body", got ${show(until)}`)
  }
  return async (input, init) => {
    // Any origin will do: it is replaced below.
    const request = new Request(typeof input === 'string' ? new URL(input, 'http://balancer.invalid') : input, init)
    const lease = await balancer.acquire({ ...pickFor?.(request), signal: request.signal })
    let response: Response
    try {
      response = await send(new Request(resolve(lease.endpoint.value, request.url), request))
    } catch (error) {
      lease.done(outcomeOf(error, request.signal))
      throw error
    }
    const { body } = response
    if (until === 'headers' || body === null || response.status === 429 || response.status >= 500) {
      settle(lease, response)
      return response
    }
    return withBody(response, followBody(body, lease, response))
  }
}

function settle(lease: Lease<unknown>, response: Response): void {
  const pauseMs = parseRetryAfter(response.headers.get('retry-after'), Date.now())
  const outcome = outcomeOfStatus(response.status, pauseMs !== undefined)
  lease.done(outcome, outcome === 'rate-limited' ? pauseMs : undefined)
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (isTimeout(signal.aborted ? signal.reason : error)) return 'timeout'
  return signal.aborted ? 'cancelled' : 'error'
}

/** The body as it was, telling the lease when it ends. */
function followBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  lease: Lease<unknown>,
  response: Response,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader()
  // Nothing is read ahead of the reader.
  const strategy = { highWaterMark: 0 }
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) {
      try {
        const { done, value } = await reader.read()
        if (!done) {
          controller.enqueue(value as Uint8Array<ArrayBuffer>)
          return
        }
        settle(lease, response)
        controller.close()
      } catch (error) {
        lease.done('error')
        throw error
      }
    },
    async cancel(reason: unknown) {
      lease.done('cancelled')
      await reader.cancel(reason)
    },
  }
  return new ReadableStream(source, strategy)
}

/** The answer with another body; `url` and `redirected` stay its own. */
function withBody(original: Response, body: ReadableStream<Uint8Array<ArrayBuffer>>): Response {
  const { status, statusText, headers, url, redirected } = original
  const response = new Response(body, { status, statusText, headers })
  Object.defineProperties(response, {
    url: { value: url, configurable: true },
    redirected: { value: redirected, configurable: true },
  })
  return response
}

/** Path and query of `url` behind the base. */
function resolve(base: string | URL, url: string): URL {
  const target = new URL(base)
  const { pathname, search } = new URL(url)
  target.pathname = target.pathname.replace(/\/$/, '') + pathname
  target.search = search
  return target
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}
