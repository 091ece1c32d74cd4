import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { ContextPool, type PoolMetrics } from './context-pool.ts'
import { MountedRequests } from './engines/mounted.ts'
import { NetEngine } from './engines/net.ts'
import { NodeEngine } from './engines/node.ts'
import { StateError } from './errors.ts'
import type { RouteTable } from './handler.ts'
import type { ListenerAddress } from './listening/options.ts'
import { resolveServerConfig, type ServerConfig, type ServerSettings } from './options.ts'
import type { ListenTlsOptions } from './tls/options.ts'

/** How often a draining server looks for connections that have become idle. */
const SWEEP_MS = 50
/** Once the listener is closed, a connection that was silent for this long is closed; before, `idleGraceMs` counts. */
const STOPPED_IDLE_MS = 200

/** For the events of a server of node:http. */
export interface MountedHandlers {
  readonly request: (req: IncomingMessage, res: ServerResponse) => void
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/**
 * An HTTP/1.1 server in front of a route table.
 *
 *    new ──start()──► listening ──drain()──► draining ──stop()──► stopped
 *                     accepts                accepts; each answer    listener closed; waits for requests
 *                                            says Connection: close  under way, at most drainMs, then cuts
 *
 * A keep-alive connection is never closed in the client's face: its next answer says `Connection: close`, and only
 * connections that are silent for longer than a grace are closed without one.
 */
export class Server {
  readonly #settings: ServerSettings
  readonly #pool: ContextPool
  readonly #engine: NetEngine | NodeEngine
  #state: 'new' | 'listening' | 'draining' | 'stopped' = 'new'
  #sweep: NodeJS.Timeout | null = null
  #idleMs: number
  #stopping: Promise<void> | null = null
  #mounted: MountedRequests | null = null

  /** @throws TypeError or RangeError that names the bad option */
  constructor(config: ServerConfig, router: RouteTable) {
    this.#settings = resolveServerConfig(config)
    if (typeof router?.match !== 'function') throw new TypeError('Server needs a route table with a method match()')
    this.#pool = new ContextPool(this.#settings.poolSize)
    const Engine = this.#settings.engine === 'net' ? NetEngine : NodeEngine
    this.#engine = new Engine(this.#settings, router, this.#pool)
    this.#idleMs = this.#settings.idleGraceMs
  }

  /** Listens. Rejects with the error of the listen call (`EADDRINUSE`, `EACCES`), or `StateError` if not new. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new StateError(`A server is started once; this one is ${this.#state}`)
    this.#state = 'listening'
    try {
      await this.#engine.listen()
    } catch (error) {
      if (!this.#isStopped) this.#state = 'new'
      throw error
    }
    // stop() may have been called while listen() was under way.
    if (this.#isStopped) this.#engine.closeListener()
  }

  /**
   * The handlers of this server for the 'request' and 'upgrade' events of another one: node:http, Express, Fastify. They
   * work whether this server was started or not; `stop()` waits for their requests too. Engine node handles them: the
   * other server has read the bytes.
   */
  mount(): MountedHandlers {
    this.#mounted ??= new MountedRequests(this.#engine)
    const mounted = this.#mounted
    return {
      request: (req, res) => mounted.handle(req, res),
      upgrade: (req, socket, head) => mounted.upgrade(req, socket, head),
    }
  }

  /** Goes on accepting, but ends every connection with its next answer, or after `idleGraceMs` of silence. */
  drain(): void {
    if (this.#state !== 'listening') return
    this.#state = 'draining'
    this.#engine.isDraining = true
    this.#startSweep()
  }

  /**
   * Drains for `preStopDelayMs`, closes the listener, waits for the requests under way at most `drainMs`, cuts what is
   * left. Resolves after the last socket closed; every call returns the same promise.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** The first TCP address that the server listens on. @throws StateError if there is none */
  address(): { host: string; port: number } {
    for (const address of this.#engine.listeners.addresses()) {
      if (address !== null && 'port' in address) return address
    }
    throw new StateError(`The server does not listen; it is ${this.#state}`)
  }

  /** Where each address of the configuration is open, in its order; null for those that are not. */
  addresses(): readonly (ListenerAddress | null)[] {
    return this.#engine.listeners.addresses()
  }

  /**
   * New certificates for an address, by its number in the configuration. Connections stay; the next handshake uses them.
   *
   * @throws TlsConfigError if they cannot be used: the old ones then stay; TypeError if that address has no TLS
   */
  reloadTls(tls: ListenTlsOptions, index = 0): void {
    this.#engine.listeners.reloadTls(index, tls)
  }

  /** When the certificate of an address that ends first does; null without TLS. */
  certificateExpiry(index = 0): Date | null {
    return this.#engine.listeners.certificateExpiry(index)
  }

  getPoolStats(): PoolMetrics {
    return this.#pool.metrics()
  }

  /** Share of contexts served from the pool, 0–100 %. */
  getPoolHitRate(): number {
    return this.#pool.getHitRate()
  }

  /** Open connections of clients. */
  getActiveConnectionCount(): number {
    return this.#engine.connectionCount
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped'
  }

  async #stop(): Promise<void> {
    const { preStopDelayMs, drainMs, idleGraceMs } = this.#settings
    this.drain()
    if (preStopDelayMs > 0 && this.#state === 'draining') await delay(preStopDelayMs)
    this.#state = 'stopped'
    this.#engine.isDraining = true
    this.#engine.closeListener()
    this.#idleMs = Math.min(idleGraceMs, STOPPED_IDLE_MS)
    if (this.#engine.connectionCount > 0) {
      this.#startSweep()
      await this.#untilEmpty(drainMs)
    }
    await this.#mountedOver(drainMs)
    if (this.#sweep !== null) clearTimeout(this.#sweep)
    this.#sweep = null
  }

  #untilEmpty(drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const force = setTimeout(() => this.#engine.destroyAll(), drainMs)
      this.#engine.onEmpty = () => {
        clearTimeout(force)
        resolve()
      }
    })
  }

  /** Requests of the server that this one is mounted in. */
  #mountedOver(drainMs: number): Promise<void> {
    const mounted = this.#mounted
    if (mounted === null || mounted.active === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const force = setTimeout(() => {
        mounted.destroyAll()
        resolve()
      }, drainMs)
      mounted.onIdle = () => {
        clearTimeout(force)
        resolve()
      }
    })
  }

  #startSweep(): void {
    if (this.#sweep !== null) return
    const sweep = (): void => {
      // After the poll phase: bytes that have arrived were read, and their connection is not idle any more.
      setImmediate(() => this.#engine.closeIdle(this.#idleMs))
      this.#sweep = setTimeout(sweep, SWEEP_MS)
      this.#sweep.unref()
    }
    sweep()
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
