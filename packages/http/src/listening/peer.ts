import type { ClientCertificate } from '../tls/client-certificate.ts'
import type { Http2Settings } from './options.ts'

/** Who is at the other end of an accepted connection, as far as it is known before the first request. */
export interface Peer {
  /** Plain address. Of a socket file: 127.0.0.1, it is a process of this machine. */
  readonly remoteAddress: string
  /** One of `trustedProxies`: what it says about forwarding is believed. */
  readonly trusted: boolean
  readonly secure: boolean
  /** Limits of HTTP/2, if that was chosen in the handshake. */
  readonly http2: Http2Settings | null
  /** What the client showed; null if nothing was asked for or shown. */
  readonly clientCertificate: ClientCertificate | null
}
