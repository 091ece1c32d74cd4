import type { Socket } from 'node:net'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import { UpstreamProtocolError, UpstreamTimeoutError } from '../errors.ts'
import { turnClock } from '../turn-clock.ts'
import { NO_BYTES, ReadBuffer } from './read-buffer.ts'
import { ResponseReader } from './response-reader.ts'
import type * as users from './upstream-user.ts'

/** Who has a request on an `UpstreamSocket`. */
export type UpstreamUser = users.UpstreamUser<UpstreamSocket>
/** Where they come from and go back to. */
export type SocketKeeper = users.SocketKeeper<UpstreamSocket>

type State = 'connecting' | 'idle' | 'busy' | 'tunnel' | 'discarding' | 'dead'

/** More than this of an unwanted response is not worth reading for the sake of its connection. */
const MOST_DISCARDED_BYTES = 65_536
const LONGEST_DISCARD_MS = 2_000

/**
 * One connection to an upstream, on a raw socket.
 *
 *    connecting ──► busy ──► idle ──► busy ──► … ──► dead          idle + a byte or a FIN: dead, never used again
 *                    │ 101: tunnel     │ unwanted: discarding ──► idle
 *
 * Reads go through `onread` into one buffer that all upstream sockets share: a read is consumed (scanned, turned into a
 * string, or copied) before the next one can start. A long body reads into a buffer of its own, which needs no copy;
 * no further read starts before the client's socket has taken the last one, so one buffer is all that a response queues.
 */
export class UpstreamSocket implements DeadlineOwner {
  readonly socket: Socket
  readonly keeper: SocketKeeper
  state: State = 'connecting'
  user: UpstreamUser | null
  /** Requests begun on this socket. */
  requests = 0
  /** A byte of a response to the request under way has come. */
  answered = false
  /** All of the request was written. */
  requestSent = false
  /** Since when it is idle, monotonic ms. */
  idleSince = 0
  readonly deadline: Deadline = new Deadline(this)
  readonly response: ResponseReader
  readonly buffer: ReadBuffer = new ReadBuffer()
  #error: Error | null = null
  #isPaused = false
  #discarded = 0

  constructor(keeper: SocketKeeper, user: UpstreamUser) {
    this.keeper = keeper
    this.user = user
    this.response = new ResponseReader(keeper.rules)
    const { endpoint } = keeper
    const read = (length: number, bytes: Uint8Array): boolean => {
      turnClock.begin()
      try {
        return this.#read(bytes as Buffer, length)
      } finally {
        turnClock.end()
      }
    }
    if (endpoint.secure) {
      // One read of TLS is many pieces, and with a buffer of ours Node goes on with them after it was told to stop: the
      // second would overwrite the first, which still waits to be sent.
      this.socket = endpoint.connect({ allowHalfOpen: true })
      this.socket.on('data', (bytes: Buffer) => {
        read(bytes.length, bytes)
      })
    } else {
      this.socket = endpoint.connect({
        allowHalfOpen: true,
        onread: { buffer: () => this.buffer.next(), callback: read },
      })
    }
    deadlines.arm(this.deadline, endpoint.connectMs)
    this.socket.once(endpoint.readyEvent, () => this.#connected())
    this.socket.on('error', (error) => {
      this.#error ??= error
    })
    this.socket.on('end', () => this.#ended())
    this.socket.on('close', () => this.#closed())
    this.socket.on('drain', () => this.user?.upstreamDrained(this))
  }

  /** True if the socket carried a request before the one under way: its peer may have closed it meanwhile. */
  get isReused(): boolean {
    return this.requests > 1
  }

  get isConnected(): boolean {
    return this.state !== 'connecting' && this.state !== 'dead'
  }

  /** A request is about to be written. @param protocol that it asks to switch to, in lower case; empty = none */
  begin(user: UpstreamUser, isHead: boolean, protocol: string): void {
    this.user = user
    this.state = 'busy'
    this.requests++
    this.answered = false
    this.requestSent = false
    this.response.begin(isHead, protocol)
  }

  /** Stops reading until `resume`. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    // resume() alone does not start a handle that onread has stopped; read(0) does, and takes nothing.
    this.socket.resume()
    this.socket.read(0)
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** The user leaves and hears nothing more; the connection goes with it. */
  destroy(): void {
    this.user = null
    this.state = 'dead'
    deadlines.disarm(this.deadline)
    this.socket.destroy()
    this.keeper.closed(this)
  }

  /** The user leaves; a short rest of the response is read away, so that the connection can be kept. */
  discard(): void {
    this.user = null
    if (this.state !== 'busy' || !this.requestSent) {
      this.destroy()
      return
    }
    if (this.response.isComplete) {
      this.#isPaused = false
      if (this.response.keepAlive && !this.response.hasSurplus) this.#becomeIdle()
      else this.destroy()
      return
    }
    this.state = 'discarding'
    this.#discarded = 0
    deadlines.arm(this.deadline, LONGEST_DISCARD_MS)
    this.resume()
  }

  /** Ends a response for a reason of ours, which the user is told. */
  fail(error: Error): void {
    const { user } = this
    this.destroy()
    user?.upstreamLost(this, error)
  }

  /** After a 101: bytes only, in both directions. */
  becomeTunnel(): void {
    this.state = 'tunnel'
  }

  deadlinePassed(): void {
    if (this.state === 'connecting') this.fail(new UpstreamTimeoutError('connect', this.keeper.endpoint.connectMs))
    else this.destroy()
  }

  #connected(): void {
    this.buffer.connected()
    if (this.state !== 'connecting') return
    deadlines.disarm(this.deadline)
    this.state = 'busy'
    this.user?.upstreamReady(this)
  }

  /** @returns false to stop reading */
  #read(bytes: Buffer, length: number): boolean {
    const { user } = this
    switch (this.state) {
      case 'busy':
        if (user === null) this.destroy()
        else this.#readResponse(user, bytes, length)
        break
      case 'tunnel':
        user?.upstreamTunnel(this, bytes, 0, length)
        break
      case 'discarding':
        this.#discard(bytes, length)
        break
      default:
        // Bytes nobody asked for: to take them for the answer to the next request would be response-queue poisoning.
        this.destroy()
    }
    return !this.#isPaused
  }

  #readResponse(user: UpstreamUser, read: Buffer, length: number): void {
    this.answered = true
    const { response } = this
    let bytes = read
    let start = 0
    let end = length
    if (!response.hasHead) {
      if (response.partial !== null) {
        bytes = response.join(read, length)
        end = bytes.length
      }
      for (;;) {
        const bodyStart = response.readHead(bytes, start, end)
        if (bodyStart === 0) return
        if (response.refusal !== '') {
          this.fail(new UpstreamProtocolError(response.refusal))
          return
        }
        if (response.hasHead) {
          this.#head(user, bytes, start, bodyStart, end)
          return
        }
        user.upstreamInterim(this, response.status, bytes, start, bodyStart)
        if (this.user !== user) return
        start = bodyStart
        if (start === end) return
      }
    }
    const to = response.readBody(bytes, start, end)
    if (response.refusal !== '') {
      this.fail(new UpstreamProtocolError(response.refusal))
      return
    }
    const { isComplete } = response
    user.upstreamBody(this, bytes, start, to, isComplete)
    if (isComplete && this.user === user) this.#complete(user, to < end)
  }

  #head(user: UpstreamUser, bytes: Buffer, start: number, bodyStart: number, end: number): void {
    const { response } = this
    if (response.isTunnel) {
      this.state = 'tunnel'
      user.upstreamHead(this, bytes, start, bodyStart, end, false)
      return
    }
    const to = response.readBody(bytes, bodyStart, end)
    if (response.refusal !== '') {
      this.fail(new UpstreamProtocolError(response.refusal))
      return
    }
    const { isComplete } = response
    response.hasSurplus = to < end
    user.upstreamHead(this, bytes, start, bodyStart, to, isComplete)
    if (isComplete && this.user === user) this.#complete(user, to < end)
  }

  #complete(user: UpstreamUser, surplus: boolean): void {
    this.user = null
    if (surplus || !this.requestSent || !this.response.keepAlive || !this.keeper.endpoint.isCurrent(this.socket)) {
      this.destroy()
    } else {
      this.#becomeIdle()
    }
    user.upstreamEnd(this)
  }

  #becomeIdle(): void {
    this.state = 'idle'
    this.keeper.release(this, this.response.keepAliveMs)
  }

  #discard(bytes: Buffer, length: number): void {
    const { response } = this
    this.#discarded += length
    const to = response.isComplete ? 0 : response.readBody(bytes, 0, length)
    if (response.refusal !== '' || this.#discarded > MOST_DISCARDED_BYTES || to < length || !response.keepAlive) {
      this.destroy()
    } else if (response.isComplete) {
      deadlines.disarm(this.deadline)
      this.#becomeIdle()
    }
  }

  #ended(): void {
    const { user } = this
    if (this.state === 'tunnel') {
      user?.upstreamTunnel(this, null, 0, 0)
    } else if (this.state === 'busy' && user !== null && this.response.endsWithClose) {
      user.upstreamBody(this, NO_BYTES, 0, 0, true)
      if (this.user !== user) return
      this.destroy()
      user.upstreamEnd(this)
    } else if (this.state !== 'dead') {
      this.fail(new Error('other side closed'))
    }
  }

  #closed(): void {
    deadlines.disarm(this.deadline)
    const { user } = this
    this.user = null
    this.state = 'dead'
    this.keeper.closed(this)
    user?.upstreamLost(this, this.#error ?? new Error('other side closed'))
  }
}
