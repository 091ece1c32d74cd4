import { type NetConnection, PAUSED_BODY } from '../connection/net-connection.ts'
import type { PoolableRequestContext } from '../context.ts'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import type { UpstreamSocket } from '../upstream/upstream-socket.ts'

/** A tunnel without a byte in either direction for this time is closed. */
const IDLE_MS = 300_000

/**
 * Two sockets after a 101: bytes pass both ways as they come, never frames. Each side is read no faster than the other
 * takes it, and a half-close is passed on.
 *
 *    client ──fromClient──► upstream        over when both directions ended, one side is gone, or nothing moved
 *    client ◄─fromUpstream─ upstream
 */
export class Tunnel implements DeadlineOwner {
  readonly #connection: NetConnection
  readonly #upstream: UpstreamSocket
  readonly #ctx: PoolableRequestContext
  readonly #onOver: () => void
  readonly #idle: Deadline = new Deadline(this)
  #clientEnded = false
  #upstreamEnded = false
  #isOver = false

  constructor(
    connection: NetConnection,
    upstream: UpstreamSocket,
    ctx: PoolableRequestContext,
    idleMs: number = IDLE_MS,
    onOver: () => void,
  ) {
    this.#connection = connection
    this.#upstream = upstream
    this.#ctx = ctx
    this.#onOver = onOver
    deadlines.arm(this.#idle, idleMs)
  }

  fromClient(bytes: Buffer | null): void {
    if (this.#isOver) return
    const { socket } = this.#upstream
    if (bytes === null) {
      this.#clientEnded = true
      socket.end()
      this.#checkOver()
      return
    }
    deadlines.touch(this.#idle)
    if (!socket.write(bytes)) this.#connection.pause(PAUSED_BODY)
  }

  fromUpstream(bytes: Buffer | null, start: number, end: number): void {
    if (this.#isOver) return
    const { socket } = this.#connection
    if (bytes === null) {
      this.#upstreamEnded = true
      socket.end()
      this.#checkOver()
      return
    }
    deadlines.touch(this.#idle)
    this.#ctx.bytesSent += end - start
    // The buffer is shared with other sockets.
    socket.write(Buffer.from(bytes.subarray(start, end)))
    if (socket.writableLength > 0) {
      this.#upstream.pause()
      this.#connection.whenFlushed()
    }
  }

  clientFlushed(): void {
    deadlines.touch(this.#idle)
    this.#upstream.resume()
  }

  /** The upstream's socket is closed, whether it said so or not. */
  upstreamGone(): void {
    this.#over()
  }

  /** The client's socket is closed. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    deadlines.disarm(this.#idle)
    this.#upstream.destroy()
  }

  deadlinePassed(): void {
    this.#over()
  }

  #checkOver(): void {
    if (this.#clientEnded && this.#upstreamEnded) this.#over()
  }

  #over(): void {
    if (this.#isOver) return
    this.close()
    this.#onOver()
  }
}
