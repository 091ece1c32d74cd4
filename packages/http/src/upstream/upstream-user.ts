import type { HeadRules } from '../wire/scanned-head.ts'
import type { Endpoint } from './endpoint.ts'

/** Who has a request on an upstream socket. Bytes are valid during the call only. */
export interface UpstreamUser<Socket> {
  /** The socket is connected and carries nothing: the request can be written. */
  upstreamReady(socket: Socket): void
  /** An interim response (100, 102, 103 …), `bytes[start, end)` with its blank line. The scan result is still valid. */
  upstreamInterim(socket: Socket, status: number, bytes: Buffer, start: number, end: number): void
  /** The head of the response, `bytes[start, bodyStart)`, and the body that came with it, `[bodyStart, end)`. */
  upstreamHead(socket: Socket, bytes: Buffer, start: number, bodyStart: number, end: number, complete: boolean): void
  /** More of the body. */
  upstreamBody(socket: Socket, bytes: Buffer, start: number, end: number, complete: boolean): void
  /** The response is complete and the socket is no longer ours. */
  upstreamEnd(socket: Socket): void
  /** There is no connection (null), it is gone, or the response broke. Nothing follows. */
  upstreamLost(socket: Socket | null, error: Error): void
  /** What was written has left. */
  upstreamDrained(socket: Socket): void
  /** Bytes behind a 101, in both forms: `bytes` are the other side's, `null` is its half-close. */
  upstreamTunnel(socket: Socket, bytes: Buffer | null, start: number, end: number): void
}

/** Where sockets come from and go back to. */
export interface SocketKeeper<Socket> {
  readonly endpoint: Endpoint
  /** For the heads of responses. */
  readonly rules: HeadRules
  /** The exchange is over and the socket can carry another. */
  release(socket: Socket, peerKeepAliveMs: number): void
  /** The socket is closed. */
  closed(socket: Socket): void
}
