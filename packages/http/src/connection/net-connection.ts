import type { Socket } from 'node:net'
import { BodyFrame } from '../body-frame.ts'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import { turnClock } from '../turn-clock.ts'
import { ForwardingFields } from '../wire/forwarding-fields.ts'
import { isWorthScanning, scanRequestHead } from '../wire/request-scan.ts'
import { ACCEPTED, type HeadRules, INCOMPLETE, requestHead } from '../wire/scanned-head.ts'
import type { ConnectionOwner, ConnectionUser, NetPeer } from './connection-user.ts'
import { rawAnswer } from './raw-answer.ts'

type State = 'head' | 'body' | 'busy' | 'broken' | 'lingering' | 'tunnel'
type Phase = '' | 'header' | 'keepAlive' | 'request' | 'linger'

/** Grows with every scan into `requestHead`: whoever saw another number before finds another head there now. */
export const requestScans: { count: number } = { count: 0 }

/** Bytes of later requests that are held behind the one under way; one read (64 KiB) more may come. */
const MOST_HELD_BYTES = 65_536
/**
 * How long and how much a closed connection is still read, so that the client gets the answer and not a reset: some write
 * all of a body before they read.
 */
const LINGER_MS = 2_000
const MOST_LINGER_BYTES = 8_388_608

/** Reasons to stop reading: bits. */
const PAUSED_HELD = 1
export const PAUSED_BODY = 2

/**
 * One connection of a client on a raw socket: finds requests in its bytes and hands them to its user one by one.
 *
 *    head ──► body ──► busy ──► head ──► …                busy: the request is complete, its response is not
 *     │ refused │ broken │ last answer                    bytes that come meanwhile are held in #rest
 *     └─────────┴────────┴──► lingering ──► closed        tunnel: bytes only, after a 101
 *
 * The next request that is already there starts in a turn of the event loop of its own: 10,000 in one write neither
 * nest nor keep the others waiting. No timer and no closure is made for a request.
 */
export class NetConnection implements DeadlineOwner {
  readonly socket: Socket
  readonly peer: NetPeer
  readonly rules: HeadRules
  readonly forwarding: ForwardingFields
  /** The body of the request under way. */
  readonly body: BodyFrame = new BodyFrame()
  /** Since when no request is under way, monotonic ms. */
  idleSince: number
  state: State = 'head'
  readonly #owner: ConnectionOwner<NetConnection>
  readonly #deadline: Deadline = new Deadline(this)
  #phase: Phase = ''
  #user: ConnectionUser | null = null
  #rest: Buffer | null = null
  #restAt = 0
  #pausedFor = 0
  #flushing = false
  #watchesDrain = false
  #lingered = 0

  constructor(socket: Socket, peer: NetPeer, rules: HeadRules, owner: ConnectionOwner<NetConnection>) {
    this.socket = socket
    this.peer = peer
    this.rules = rules
    this.forwarding = new ForwardingFields(peer.remoteAddress, peer.secure ? 'https' : 'http', peer.trusted)
    this.#owner = owner
    this.idleSince = performance.now()
    this.#arm('header', owner.timeouts.headersMs)
    socket.on('data', (bytes: Buffer) => {
      turnClock.begin()
      try {
        this.#data(bytes)
      } finally {
        turnClock.end()
      }
    })
    socket.on('end', () => this.#ended())
    socket.on('error', ignore)
    socket.on('close', () => this.#closed())
  }

  /** True if no request is under way and no byte of a next one has come. */
  get isIdle(): boolean {
    return this.state === 'head' && this.#rest === null
  }

  /** True if bytes of a next request wait: the one under way is not the last of this connection. */
  get hasHeld(): boolean {
    return this.#rest !== null
  }

  get isClosing(): boolean {
    return this.state === 'lingering' || this.socket.destroyed
  }

  /** Stops reading for a reason (PAUSED_…) until `resume` is called for it. */
  pause(reason: number): void {
    if (this.#pausedFor === 0) this.socket.pause()
    this.#pausedFor |= reason
  }

  resume(reason: number): void {
    if ((this.#pausedFor & reason) === 0) return
    this.#pausedFor &= ~reason
    if (this.#pausedFor === 0) this.socket.resume()
  }

  isPausedFor(reason: number): boolean {
    return (this.#pausedFor & reason) !== 0
  }

  /** Asks for `clientFlushed` once all that was written so far has left. */
  whenFlushed(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.socket.write('', this.#flushed)
  }

  /** Asks for `clientDrained` whenever the socket has taken what it would not take at once. */
  watchDrain(): void {
    if (this.#watchesDrain) return
    this.#watchesDrain = true
    this.socket.on('drain', () => this.#user?.clientDrained())
  }

  /** Request and response are over: on to the next request. */
  next(): void {
    if (this.state === 'lingering') return
    this.resume(PAUSED_BODY)
    if (this.#rest === null) {
      this.state = 'head'
      this.#arm('keepAlive', this.#owner.timeouts.keepAliveMs)
      this.idleSince = this.#deadline.due - this.#owner.timeouts.keepAliveMs
      this.resume(PAUSED_HELD)
      return
    }
    this.state = 'busy'
    setImmediate(takeRest, this)
  }

  /** Answers bytes that are no request, or a connection that is too many, and closes. */
  refuse(status: number, detail: string, fields = ''): void {
    if (this.isClosing) return
    this.socket.write(rawAnswer(status, detail, fields))
    this.close()
  }

  /** Sends what was written, then half-closes, reads away what still comes, and closes. */
  close(): void {
    if (this.isClosing) return
    this.state = 'lingering'
    this.#rest = null
    this.resume(PAUSED_HELD | PAUSED_BODY)
    const { socket } = this
    this.#arm('linger', LINGER_MS)
    socket.end()
    if (socket.readableEnded) socket.destroySoon()
  }

  destroy(): void {
    this.socket.destroy()
  }

  becomeTunnel(): Buffer | null {
    this.state = 'tunnel'
    this.#disarm()
    const held = this.#rest === null ? null : this.#rest.subarray(this.#restAt)
    this.#rest = null
    this.resume(PAUSED_HELD)
    return held
  }

  deadlinePassed(): void {
    switch (this.#phase) {
      case 'header':
        this.#refused(408, 'The request did not arrive in time', EMPTY, 0)
        break
      case 'keepAlive':
        this.close()
        break
      case 'request':
        this.state = 'broken'
        this.#user?.requestBroken(408, 'The request did not arrive in time')
        break
      default:
        this.socket.destroy()
    }
  }

  /** For `setImmediate` only. */
  takeRest(): void {
    const bytes = this.#rest
    if (bytes === null || this.isClosing) return
    const start = this.#restAt
    this.#rest = null
    this.state = 'head'
    this.#head(bytes, start)
    if (this.#rest === null || this.state === 'head') this.resume(PAUSED_HELD)
  }

  #data(bytes: Buffer): void {
    switch (this.state) {
      case 'head':
        if (this.#rest === null) this.#head(bytes, 0)
        else this.#moreOfHead(bytes)
        break
      case 'body':
        this.#body(bytes, 0)
        break
      case 'busy':
        this.#hold(bytes, 0)
        break
      case 'lingering':
        this.#lingered += bytes.length
        if (this.#lingered > MOST_LINGER_BYTES) this.socket.destroy()
        break
      case 'tunnel':
        this.#user?.tunnelled(bytes)
    }
  }

  #join(bytes: Buffer): Buffer {
    const rest = this.#rest
    this.#rest = null
    return rest === null ? bytes : Buffer.concat([rest.subarray(this.#restAt), bytes])
  }

  /** A head that comes byte by byte is not scanned from its start for each of them. */
  #moreOfHead(bytes: Buffer): void {
    const all = this.#join(bytes)
    if (isWorthScanning(all, 0, all.length - bytes.length, all.length, this.rules)) this.#head(all, 0)
    else {
      this.#rest = all
      this.#restAt = 0
    }
  }

  #head(bytes: Buffer, start: number): void {
    const end = bytes.length
    requestScans.count++
    const verdict = scanRequestHead(bytes, start, end, this.rules)
    if (verdict === INCOMPLETE) {
      this.#rest = bytes
      this.#restAt = start
      if (this.#phase !== 'header') this.#arm('header', this.#owner.timeouts.headersMs)
      return
    }
    this.#disarm()
    if (verdict !== ACCEPTED) {
      this.#refused(verdict, requestHead.reason, bytes, start)
      return
    }
    this.#user ??= this.#owner.makeUser(this)
    const { body } = this
    body.begin(requestHead.chunked, requestHead.contentLength, this.#owner.maxBodyBytes)
    const to = body.read(bytes, requestHead.end, end)
    if (body.isBad) {
      this.#refused(400, 'The chunked body is malformed', bytes, start)
      return
    }
    if (body.isComplete) {
      this.state = 'busy'
      if (to < end) this.#hold(bytes, to)
    } else {
      this.state = 'body'
      this.#arm('request', this.#owner.timeouts.requestMs)
    }
    if (body.isTooLong) this.#refused(413, `The body is larger than ${this.#owner.maxBodyBytes} bytes`, bytes, start)
    else this.#user.requestStarted(bytes, to)
  }

  #body(bytes: Buffer, start: number): void {
    const { body } = this
    const end = bytes.length
    const to = body.read(bytes, start, end)
    if (body.isBad || body.isTooLong) {
      // What follows is no request of anybody: it is read and looked at no more.
      this.state = 'broken'
      this.#disarm()
      if (body.isBad) this.#user?.requestBroken(400, 'The chunked body is malformed')
      else this.#user?.requestBroken(413, `The body is larger than ${this.#owner.maxBodyBytes} bytes`)
      return
    }
    if (body.isComplete) {
      this.#disarm()
      this.state = 'busy'
      if (to < end) this.#hold(bytes, to)
    }
    this.#user?.requestBody(bytes, start, to)
  }

  #hold(bytes: Buffer, at: number): void {
    if (this.#rest === null) {
      this.#rest = bytes
      this.#restAt = at
    } else {
      this.#rest = this.#join(bytes)
      this.#restAt = 0
    }
    if (this.#rest.length - this.#restAt > MOST_HELD_BYTES) this.pause(PAUSED_HELD)
  }

  #refused(status: number, detail: string, bytes: Buffer, start: number): void {
    this.state = 'broken'
    this.#rest = null
    this.#user ??= this.#owner.makeUser(this)
    this.#user.requestRefused(status, detail, bytes, start)
  }

  #ended(): void {
    const user = this.#user
    switch (this.state) {
      case 'tunnel':
        user?.tunnelled(null)
        break
      case 'busy':
      case 'broken':
        // The client reads no further answer but this one, which is on its way already.
        if (user?.isEnding === true) this.socket.end()
        else this.socket.destroy()
        break
      default:
        this.socket.destroySoon()
    }
  }

  #closed(): void {
    this.#disarm()
    this.state = 'lingering'
    this.#rest = null
    const user = this.#user
    this.#user = null
    user?.clientGone()
    this.#owner.connectionClosed(this)
  }

  #arm(phase: Phase, ms: number): void {
    this.#phase = phase
    deadlines.arm(this.#deadline, ms)
  }

  #disarm(): void {
    this.#phase = ''
    deadlines.disarm(this.#deadline)
  }

  readonly #flushed = (): void => {
    this.#flushing = false
    if (this.socket.destroyed) return
    // More was written since it was asked for.
    if (this.socket.writableLength > 0) this.whenFlushed()
    else this.#user?.clientFlushed()
  }
}

const EMPTY = Buffer.alloc(0)

function takeRest(connection: NetConnection): void {
  connection.takeRest()
}

function ignore(): void {}
