import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import { CertificateTable } from './certificate-table.ts'
import { type ClientCertificate, clientCertificateOf } from './client-certificate.ts'
import { type ListenTlsOptions, TlsConfigError } from './options.ts'

/** A handshake takes a round trip or two; Node would wait for two minutes. */
const HANDSHAKE_MS = 10_000

export interface TlsLayerOptions {
  readonly tls: ListenTlsOptions
  /** Offer `h2` before `http/1.1`. */
  readonly http2: boolean
  /** A handshake is complete. What it throws becomes a warning and ends the connection, never the process. */
  readonly onSecure: (socket: TLSSocket, certificate: ClientCertificate | null) => void
}

/**
 * TLS of one listener: takes connections that were accepted, gives them on encrypted.
 *
 *    add(socket) ──► ClientHello: name ─► CertificateTable ─► context │ ALPN │ client certificate ──► onSecure
 *                                              ▲ reload: a new table, or an error and the old one
 *
 * No callback of Node can throw out of here: an exception in an SNI callback or on a socket without an error listener
 * ends a process (CVE-2026-21637, CVE-2025-59465).
 */
export class TlsLayer {
  readonly #server: TlsServer
  readonly #mode: 'none' | 'request' | 'require'
  #table: CertificateTable

  /** @throws TlsConfigError for certificates that cannot be used; TypeError for an unknown option */
  constructor({ tls, http2, onSecure }: TlsLayerOptions) {
    this.#table = new CertificateTable(tls)
    this.#mode = tls.clientCertificates ?? 'none'
    this.#server = createServer({
      ...this.#table.defaults,
      SNICallback: (servername, done) => done(null, this.#find(servername)),
      ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: this.#mode !== 'none',
      rejectUnauthorized: this.#mode === 'require',
      // A client that has nothing more to ask may still wait for its answer.
      allowHalfOpen: true,
      // A client that renegotiates costs us a handshake each time; TLS 1.3 has no such thing.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    })
    this.#server.on('secureConnection', (socket) => {
      socket.on('error', ignore)
      try {
        onSecure(socket, this.#mode === 'none' ? null : clientCertificateOf(socket))
      } catch (error) {
        socket.destroy()
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    })
    // Scanners, plain HTTP on this port, clients that do not trust us, handshakes out of time: those Node leaves open.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy())
    this.#server.on('error', ignore)
  }

  /** The certificate that ends first ends then. */
  get expires(): Date {
    return this.#table.expires
  }

  /** Host names with a certificate. */
  get names(): readonly string[] {
    return this.#table.names
  }

  /** Begins a handshake on an accepted connection. */
  add(socket: Socket): void {
    socket.on('error', ignore)
    this.#server.emit('connection', socket)
  }

  /**
   * Replaces the certificates and the authorities of clients. Connections stay; the next handshake uses the new ones,
   * and sessions from before are not resumed.
   *
   * @throws TlsConfigError if they cannot be used; the old ones then stay
   */
  reload(tls: ListenTlsOptions): void {
    if ((tls.clientCertificates ?? 'none') !== this.#mode) {
      throw new TlsConfigError(`clientCertificates is '${this.#mode}' and cannot be changed by a reload`)
    }
    const table = new CertificateTable(tls)
    this.#server.setSecureContext({ ...table.defaults, secureOptions: constants.SSL_OP_NO_RENEGOTIATION })
    this.#table = table
  }

  #find(servername: string): ReturnType<CertificateTable['find']> {
    try {
      return this.#table.find(servername)
    } catch {
      return undefined
    }
  }
}

function ignore(): void {}
