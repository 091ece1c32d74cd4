import { type NetConnection, PAUSED_BODY } from '../connection/net-connection.ts'
import type { PoolableRequestContext } from '../context.ts'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import type { UpstreamSocket } from '../upstream/upstream-socket.ts'
import { statusLine } from '../wire/forwarded-head.ts'
import type { NetForwardHost } from './net-forward-host.ts'

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

  /** Bytes that the client sent behind its request. */
  passHeld(): void {
    const held = this.#connection.becomeTunnel()
    if (held !== null) this.fromClient(held)
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

/** Passes a 101 on and joins the two sockets. `fields` are the lines of its head that go on. */
export function openTunnel(
  { connection, response, ctx, request }: NetForwardHost,
  socket: UpstreamSocket,
  fields: string,
  idleMs: number | undefined,
  onOver: () => void,
): Tunnel {
  response.closes = true
  response.isHeadSent = true
  ctx.status = 101
  ctx.responded = true
  const head = `${statusLine(101)}${fields}connection: upgrade\r\nupgrade: ${request.upgradeProtocol}\r\n\r\n`
  connection.socket.write(head, 'latin1')
  return new Tunnel(connection, socket, ctx, idleMs, onOver)
}
