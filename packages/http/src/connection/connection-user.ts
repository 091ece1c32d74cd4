import type { ClientCertificate } from '../tls/client-certificate.ts'

/** What is known of the other end of a client's socket. */
export interface NetPeer {
  /** Plain form; from the PROXY protocol where it is believed. */
  readonly remoteAddress: string
  /** One of `trustedProxies`. */
  readonly trusted: boolean
  readonly secure: boolean
  readonly clientCertificate: ClientCertificate | null
}

/** Who handles the requests of a connection, one at a time. Bytes are a client's own buffers: they may be kept. */
export interface ConnectionUser {
  /** `requestHead` holds a good head of `bytes`; `[requestHead.end, end)` is body. `connection.body` knows how it goes on. */
  requestStarted(bytes: Buffer, end: number): void
  /** `requestHead` holds a refusal of the bytes from `start`. */
  requestRefused(status: number, detail: string, bytes: Buffer, start: number): void
  /** More of the body. */
  requestBody(bytes: Buffer, start: number, end: number): void
  /** The body is malformed, too long or late. */
  requestBroken(status: number, detail: string): void
  /** The client left, or was cut. */
  clientGone(): void
  /** All that was written has left. */
  clientFlushed(): void
  /** The socket takes more again; see `watchDrain`. */
  clientDrained(): void
  /** True if all of the response was written. */
  readonly isEnding: boolean
  /** Bytes of a tunnel; null is a half-close. */
  tunnelled(bytes: Buffer | null): void
}

export interface ConnectionOwner<Connection> {
  readonly timeouts: { readonly headersMs: number; readonly keepAliveMs: number; readonly requestMs: number }
  readonly maxBodyBytes: number
  makeUser(connection: Connection): ConnectionUser
  connectionClosed(connection: Connection): void
}
