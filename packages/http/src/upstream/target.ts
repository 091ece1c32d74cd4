import type { Client, Dispatcher } from 'undici'
import { Pool } from 'undici'
import { StateError, TargetBusyError } from '../errors.ts'
import type { Target, TargetOptions, TargetStats } from '../handler.ts'
import { resolveTargetOptions, type TargetSettings } from '../options.ts'
import type { Attempt, AttemptKeeper } from './attempt.ts'
import { ConnectionPool } from './connection-pool.ts'
import { Endpoint } from './endpoint.ts'
import { LinkedClient, type LinkedTarget, type UpstreamLink } from './upstream-link.ts'

/** Options of the connections to one origin, without the dial function. */
const CLIENT_OPTIONS: Client.Options = {
  // A second request behind an open event stream would wait for its end.
  pipelining: 1,
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
 * @param origin `http://host:port` or `https://host:port`, without path, user or query, or `unix:/path/to/a.sock`
 * @throws TypeError for another origin; TypeError or RangeError for a bad option
 */
export function createTarget(origin: string, options: TargetOptions = {}): Target {
  return new UndiciTarget(origin, options)
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
export class UndiciTarget implements Target, AttemptKeeper, LinkedTarget {
  readonly origin: string
  readonly endpoint: Endpoint
  /** Open sockets of this target. */
  openSockets = 0
  readonly links: Set<UpstreamLink> = new Set()
  readonly #pool: Pool
  readonly #options: TargetSettings
  readonly #waiting = new Map<Attempt, Waiting>()
  readonly #single = new Set<LinkedClient>()
  #connections: ConnectionPool | null = null
  #running = 0
  #closing: Promise<void> | null = null
  #onIdle: (() => void) | null = null

  constructor(origin: string, options: TargetOptions = {}) {
    this.#options = resolveTargetOptions(options)
    const { connections, keepAliveMs } = this.#options
    this.endpoint = new Endpoint(origin, this.#options)
    this.origin = this.endpoint.origin
    this.endpoint.onChange = () => this.#retireIdle()
    this.#pool = new Pool(this.endpoint.url, {
      connections,
      ...CLIENT_OPTIONS,
      maxHeaderSize: this.#options.maxHeaderBytes,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      factory: () => this.#makeClient(),
    })
  }

  stats(): TargetStats {
    const raw = this.#connections?.stats()
    return {
      idle: Math.max(0, this.openSockets - this.#running) + (raw?.idle ?? 0),
      active: this.#running + (raw?.active ?? 0),
      queued: this.#waiting.size + (raw?.queued ?? 0),
    }
  }

  /** Most field lines of a response. */
  get maxHeaders(): number {
    return this.#options.maxHeaders
  }

  /** Most bytes of the head of a response. */
  get maxHeaderBytes(): number {
    return this.#options.maxHeaderBytes
  }

  /** The connections of engine `net`: a target serves both engines, each with sockets of its own. */
  get connections(): ConnectionPool {
    if (this.#connections === null) {
      this.#connections = new ConnectionPool(this.endpoint, this.#options)
      if (this.#closing !== null) this.#connections.destroy()
    }
    return this.#connections
  }

  /** Sends a request when a connection is free. Every outcome, also a refusal, is told to the attempt. */
  dispatch(request: Dispatcher.DispatchOptions, attempt: Attempt): void {
    attempt.keeper = this
    if (this.#refuse(attempt)) return
    this.endpoint.touch()
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
    this.#connections?.destroy()
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
    const raw = this.#connections?.close()
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    if (!this.#pool.destroyed) await this.#pool.close()
    await raw
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
    const pinned = { ...request, servername: this.endpoint.hostname }
    dispatcher.dispatch(pinned, attempt)
  }

  #makeClient(): LinkedClient {
    const { keepAliveMs, maxHeaderBytes } = this.#options
    const own = { maxHeaderSize: maxHeaderBytes, keepAliveTimeout: keepAliveMs, keepAliveMaxTimeout: keepAliveMs }
    return new LinkedClient({ ...CLIENT_OPTIONS, ...own }, this)
  }

  #retireIdle(): void {
    for (const link of this.links) link.retireIdle()
    this.#connections?.dropOutdated()
  }
}

/** A client with settings of its own for one origin: no connection is shared with the pool. */
export function makeProbeClient({ endpoint, maxHeaderBytes: maxHeaderSize }: UndiciTarget): LinkedClient {
  return new LinkedClient({ ...CLIENT_OPTIONS, maxHeaderSize }, { endpoint, openSockets: 0, links: new Set() })
}
