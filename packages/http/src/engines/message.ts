import type { Socket } from 'node:net'
import type { BodySource } from '../connection/request-body.ts'
import type { Peer } from '../listening/peer.ts'

// What an exchange needs of a request, a response and their connection: node:http's own objects fit, and so do the
// streams of HTTP/2 and the objects of a server that the gateway is mounted in.

/** A parsed request with its body. */
export interface RequestMessage extends BodySource {
  readonly rawHeaders: readonly string[]
  /** All of the body was received. */
  readonly complete: boolean
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'end' | 'close', listener: () => void): unknown
}

/** A response to be written. */
export interface ResponseMessage {
  /** The head is chosen. */
  readonly headersSent: boolean
  readonly writableEnded: boolean
  /** Reason of the status; chosen by the status while it is empty. */
  statusMessage?: string
  /** The connection that carries this response and nothing else at the moment. */
  readonly socket?: Socket | null
  writeHead(status: number, fields: string[]): unknown
  flushHeaders(): void
  write(chunk: string | Uint8Array, sent?: () => void): boolean
  end(chunk?: string | Uint8Array): unknown
  /** Closes without an end that the client could take for one. */
  destroy(): unknown
  writeContinue(): void
  setTimeout(ms: number, callback: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'drain', listener: () => void): unknown
  once(event: 'finish' | 'close', listener: () => void): unknown
}

/** A request that is to be handled. */
export interface PendingRequest {
  readonly req: RequestMessage
  readonly res: ResponseMessage
  /** The client waits for 100 before it sends the body. */
  readonly expectsContinue: boolean
}

/** The connection that a request came on, as its exchange sees it. */
export interface ExchangeConnection {
  readonly peer: Peer
  /** Further requests are already waiting: the one under way is not the last of the connection. */
  readonly hasHeld: boolean
  /** Closes the connection once what was written has left. */
  close(): void
  /** The exchange is over for the client, the upstream and the handler. */
  exchangeOver(): void
}
