import type { Client, Dispatcher } from 'undici'
import { Pool } from 'undici'
import { StateError, TargetBusyError } from '../errors.ts'
import type { Target, TargetOptions, TargetStats } from '../handler.ts'
import { resolveTargetOptions } from '../options.ts'
import type { Attempt, AttemptKeeper } from './attempt.ts'
import { LinkedClient, type Origin } from './upstream-link.ts'

/** Options of the connections to one origin, without the dial function. */
const CLIENT_OPTIONS: Client.Options = {
  // A second request behind an open event stream would wait for its end.
  pipelining: 1,
  maxHeaderSize: 16_384,
  // Time-outs are ours (deadlines.ts): undici's are exact to half a second only.
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeoutThreshold: 1_000,
  strictContentLength: true,
  allowH2: false,
}

interface Waiting {
  readonly request: Dispatcher.DispatchOptions
  readonly attempt: Attempt
}

/**
 * Makes a target: one origin and its kept-alive connections, nothing dialled yet.
 *
 * @param url `http://host:port` or `https://host:port`, without path, user or query
 * @throws TypeError for another URL; TypeError or RangeError for a bad option
 */
export function createTarget(url: string, options: TargetOptions = {}): Target {
  return new UndiciTarget(url, options)
}

/** The target behind the interface. @throws TypeError if it was not made by `createTarget` */
export function requireTarget(target: Target): UndiciTarget {
  if (target instanceof UndiciTarget) return target
  throw new TypeError('The target was not made by createTarget()')
}

/**
 * Requests beyond the limit of connections wait in a queue of ours and not in undici's, which is unbounded and cannot
 * give a request back.
 *
 *    dispatch ──► running < connections ? ──yes──► undici Pool ──► socket          attemptOver ──► next of #waiting
 *                        └──no──► #waiting (insertion order, ≤ maxQueued) ──► full: TargetBusyError
 */
export class UndiciTarget implements Target, AttemptKeeper {
  readonly origin: string
  /** Authority for the Host field of probes. */
  readonly url: URL
  readonly #origin: Origin
  readonly #pool: Pool
  readonly #options: Required<TargetOptions>
  readonly #waiting = new Map<Attempt, Waiting>()
  readonly #single = new Set<LinkedClient>()
  #running = 0
  #closing: Promise<void> | null = null
  #onIdle: (() => void) | null = null

  constructor(url: string, options: TargetOptions = {}) {
    this.url = parseOrigin(url)
    this.origin = this.url.origin
    this.#options = resolveTargetOptions(options)
    this.#origin = originOf(this.url, this.#options.connectMs)
    this.#pool = new Pool(this.url, {
      connections: this.#options.connections,
      ...CLIENT_OPTIONS,
      keepAliveTimeout: this.#options.keepAliveMs,
      keepAliveMaxTimeout: this.#options.keepAliveMs,
      factory: () => this.#makeClient(),
    })
  }

  stats(): TargetStats {
    return {
      idle: Math.max(0, this.#origin.openSockets - this.#running),
      active: this.#running,
      queued: this.#waiting.size,
    }
  }

  /** Sends a request when a connection is free. Every outcome, also a refusal, is told to the attempt. */
  dispatch(request: Dispatcher.DispatchOptions, attempt: Attempt): void {
    attempt.keeper = this
    if (this.#refuse(attempt)) return
    if (this.#running < this.#options.connections) {
      this.#send(this.#pool, request, attempt)
    } else if (this.#waiting.size < this.#options.maxQueued) {
      this.#waiting.set(attempt, { request, attempt })
    } else {
      attempt.keeper = null
      attempt.onResponseError(null, new TargetBusyError(this.origin, this.#waiting.size))
    }
  }

  /** Sends a request on a connection of its own, which is closed afterwards: for the one resend of a stale connection. */
  dispatchFresh(request: Dispatcher.DispatchOptions, attempt: Attempt): void {
    attempt.keeper = this
    if (this.#refuse(attempt)) return
    const client = this.#makeClient()
    this.#single.add(client)
    this.#send(client, { ...request, reset: true }, attempt)
    client.close().then(
      () => this.#single.delete(client),
      () => this.#single.delete(client),
    )
  }

  dequeue(attempt: Attempt): boolean {
    return this.#waiting.delete(attempt)
  }

  attemptOver(): void {
    this.#running--
    if (this.#running >= this.#options.connections) return
    for (const [attempt, { request }] of this.#waiting) {
      this.#waiting.delete(attempt)
      this.#send(this.#pool, request, attempt)
      return
    }
    if (this.#running === 0) this.#onIdle?.()
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async destroy(): Promise<void> {
    this.#closing ??= Promise.resolve()
    const error = new StateError(`The target ${this.origin} was destroyed`)
    for (const attempt of this.#waiting.keys()) {
      this.#waiting.delete(attempt)
      attempt.keeper = null
      attempt.onResponseError(null, error)
    }
    const clients = [...this.#single].map((client) => client.destroy(error))
    await Promise.all([this.#pool.destroy(error), ...clients])
  }

  async #drain(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    if (!this.#pool.destroyed) await this.#pool.close()
  }

  #refuse(attempt: Attempt): boolean {
    if (this.#closing === null) return false
    attempt.keeper = null
    attempt.onResponseError(null, new StateError(`The target ${this.origin} is closed`))
    return true
  }

  #send(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions, attempt: Attempt): void {
    this.#running++
    // Left to itself, undici takes the TLS name from the Host field, and drops the connection whenever that changes.
    const pinned = { ...request, servername: this.#origin.hostname }
    dispatcher.dispatch(pinned, attempt)
  }

  #makeClient(): LinkedClient {
    const keepAliveTimeout = this.#options.keepAliveMs
    return new LinkedClient(
      this.url,
      { ...CLIENT_OPTIONS, keepAliveTimeout, keepAliveMaxTimeout: keepAliveTimeout },
      this.#origin,
    )
  }
}

/** A client with settings of its own for one origin: nothing is shared with the pool. */
export function makeProbeClient(target: UndiciTarget, connectMs: number): LinkedClient {
  return new LinkedClient(target.url, CLIENT_OPTIONS, originOf(target.url, connectMs))
}

function parseOrigin(url: string): URL {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null
  const isOrigin =
    parsed !== null &&
    (parsed.protocol === 'http:' || parsed.protocol === 'https:') &&
    parsed.pathname === '/' &&
    parsed.search === '' &&
    parsed.hash === '' &&
    parsed.username === '' &&
    parsed.password === ''
  if (!isOrigin) {
    throw new TypeError(
      `A target is an origin such as http://127.0.0.1:3000, without path or query; got '${String(url)}'`,
    )
  }
  return parsed
}

function originOf(url: URL, connectMs: number): Origin {
  const { hostname, protocol } = url
  return {
    protocol,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
    connectMs,
    openSockets: 0,
    session: undefined,
  }
}
