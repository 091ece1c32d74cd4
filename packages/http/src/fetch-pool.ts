import { Agent, fetch, type RequestInfo, type RequestInit, type Response } from 'undici'

/** Connections per origin. */
const CONNECTIONS = 100
/** An idle connection is kept for this long, longer if the server says so … */
const KEEP_ALIVE_MS = 60_000
/** … but at most this long. */
const LONGEST_KEEP_ALIVE_MS = 600_000
const CONNECT_MS = 10_000
const HEADERS_MS = 30_000
/** Silence within a body. Token streams pause for longer than the half minute that suits ordinary answers. */
const SILENCE_MS = 300_000

let pool: Agent | null = null

/**
 * `fetch` over one pool of kept-alive connections for the whole process: 100 per origin, kept for 60 s, one request at a
 * time on each; 10 s to connect, 30 s to the head of the answer, 5 min of silence within its body. For calls that a
 * service makes itself; the gateway's own traffic goes through targets.
 *
 * The answer must be read to its end or cancelled: until then it holds a connection.
 *
 * @throws TypeError as `fetch` does, with the cause in `cause`; the reason of an aborted signal
 */
export function fetchWithPool(input: RequestInfo, init: RequestInit = {}): Promise<Response> {
  pool ??= new Agent({
    connections: CONNECTIONS,
    // A second request behind an open event stream would wait for its end.
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: LONGEST_KEEP_ALIVE_MS,
    headersTimeout: HEADERS_MS,
    bodyTimeout: SILENCE_MS,
    connect: { timeout: CONNECT_MS },
  })
  return fetch(input, { dispatcher: pool, ...init })
}

/** Waits for calls under way, then closes the connections. The next call opens new ones. */
export async function closeHttpPool(): Promise<void> {
  const closing = pool
  pool = null
  await closing?.close()
}
