import { deadlines } from '../deadlines.ts'
import { StateError, TargetBusyError } from '../errors.ts'
import type { TargetStats } from '../handler.ts'
import type { TargetSettings } from '../options.ts'
import { turnClock } from '../turn-clock.ts'
import { DEFAULT_RULES, type HeadRules } from '../wire/scanned-head.ts'
import type { Endpoint } from './endpoint.ts'
import { type SocketKeeper, UpstreamSocket, type UpstreamUser } from './upstream-socket.ts'

/** A request that may not be sent twice takes no socket that was idle for longer: its peer may be closing it. */
const RECENT_MS = 1_000
/** The peer counts from its last byte, we from our reading of it. */
const PEER_TIMEOUT_MARGIN_MS = 1_000

/**
 * The kept-alive connections of one target on raw sockets.
 *
 *    #idle  [ oldest | … | newest ]   pop: the newest, least likely to be closed by its peer; each has a deadline
 *    #waiting  first ──► … ──► last   requests beyond `connections`, in order, ≤ maxQueued
 *
 * A request has a connection to itself: nothing is pipelined. O(1), but for an idle socket that closes by itself: O(idle).
 */
export class ConnectionPool implements SocketKeeper {
  readonly endpoint: Endpoint
  readonly rules: HeadRules
  readonly #settings: TargetSettings
  readonly #idle: UpstreamSocket[] = []
  readonly #open = new Set<UpstreamSocket>()
  readonly #waiting = new Set<UpstreamUser>()
  #isClosed = false
  #onIdle: (() => void) | null = null

  constructor(endpoint: Endpoint, settings: TargetSettings) {
    this.endpoint = endpoint
    this.rules = { ...DEFAULT_RULES, maxFields: settings.maxHeaders, maxHeadBytes: settings.maxHeaderBytes }
    this.#settings = settings
  }

  stats(): TargetStats {
    return { idle: this.#idle.length, active: this.#open.size - this.#idle.length, queued: this.#waiting.size }
  }

  /**
   * A socket that is ready, or null: then `upstreamReady` or `upstreamLost` follows, unless it has already been called.
   *
   * @param once the request may not be sent twice: a socket that was just used, or a new one
   */
  acquire(user: UpstreamUser, once: boolean): UpstreamSocket | null {
    if (this.#isClosed) return refuse(user, new StateError(`The target ${this.endpoint.origin} is closed`))
    this.endpoint.touch()
    const idle = this.#idle
    const newest = idle[idle.length - 1]
    const hasRoom = this.#open.size < this.#settings.connections
    if (newest !== undefined && !(once && hasRoom && turnClock.now() - newest.idleSince > RECENT_MS)) {
      idle.pop()
      deadlines.disarm(newest.deadline)
      return newest
    }
    if (hasRoom) this.#dial(user)
    else if (this.#waiting.size < this.#settings.maxQueued) this.#waiting.add(user)
    else refuse(user, new TargetBusyError(this.endpoint.origin, this.#waiting.size))
    return null
  }

  /** A new connection, for the one resend after a stale one. `upstreamReady` or `upstreamLost` follows. */
  acquireFresh(user: UpstreamUser): void {
    if (this.#isClosed) refuse(user, new StateError(`The target ${this.endpoint.origin} is closed`))
    else this.#dial(user)
  }

  /** A request that waits for a connection leaves; one that is dialled for it alone goes with it. */
  cancel(user: UpstreamUser): void {
    if (this.#waiting.delete(user)) return
    for (const socket of this.#open) {
      if (socket.user !== user || socket.isConnected) continue
      socket.destroy()
      return
    }
  }

  release(socket: UpstreamSocket, peerKeepAliveMs: number): void {
    if (this.#isClosed) {
      socket.destroy()
      return
    }
    for (const user of this.#waiting) {
      this.#waiting.delete(user)
      socket.user = user
      user.upstreamReady(socket)
      return
    }
    const { keepAliveMs } = this.#settings
    const ms = peerKeepAliveMs > 0 ? Math.min(keepAliveMs, peerKeepAliveMs - PEER_TIMEOUT_MARGIN_MS) : keepAliveMs
    if (ms <= 0) {
      socket.destroy()
      return
    }
    deadlines.arm(socket.deadline, ms)
    socket.idleSince = socket.deadline.due - ms
    this.#idle.push(socket)
  }

  closed(socket: UpstreamSocket): void {
    if (!this.#open.delete(socket)) return
    const at = this.#idle.lastIndexOf(socket)
    if (at !== -1) this.#idle.splice(at, 1)
    for (const user of this.#waiting) {
      if (this.#open.size >= this.#settings.connections) break
      this.#waiting.delete(user)
      this.#dial(user)
    }
    if (this.#open.size === this.#idle.length) this.#onIdle?.()
  }

  /** Waits for requests under way, then closes. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#open.size > this.#idle.length) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    this.destroy()
  }

  /** Cuts everything at once. */
  destroy(): void {
    this.#isClosed = true
    const error = new StateError(`The target ${this.endpoint.origin} was destroyed`)
    for (const user of [...this.#waiting]) {
      this.#waiting.delete(user)
      user.upstreamLost(null, error)
    }
    for (const socket of [...this.#open]) socket.fail(error)
  }

  /** The host has other addresses: idle connections to those that are gone end now, the others with their request. */
  dropOutdated(): void {
    for (const socket of [...this.#idle]) if (!this.endpoint.isCurrent(socket.socket)) socket.destroy()
  }

  #dial(user: UpstreamUser): void {
    this.#open.add(new UpstreamSocket(this, user))
  }
}

function refuse(user: UpstreamUser, error: Error): null {
  user.upstreamLost(null, error)
  return null
}
