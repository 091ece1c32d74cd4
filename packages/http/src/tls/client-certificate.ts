import type { TLSSocket } from 'node:tls'

/** The certificate that a client showed in the handshake. */
export interface ClientCertificate {
  /** True if one of `clientCa` signed it and it is valid now. Always so under 'require'. */
  readonly authorized: boolean
  /** Why not, e.g. 'CERT_HAS_EXPIRED'; the empty string if authorized. */
  readonly reason: string
  /** `CN=web\nO=Example`, one attribute per line. */
  readonly subject: string
  readonly issuer: string
  /** `DNS:web.example.org, URI:spiffe://…`; the empty string without one. */
  readonly subjectAltName: string
  readonly serialNumber: string
  /** Hexadecimal pairs with colons. */
  readonly fingerprint256: string
  readonly validTo: string
}

/** What a client showed, or null if it showed nothing. Read once per connection, and only where one was asked for. */
export function clientCertificateOf(socket: TLSSocket): ClientCertificate | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return null
  const { subject, issuer, subjectAltName = '', serialNumber, fingerprint256, validTo } = certificate
  const { authorized, authorizationError } = socket
  const reason = authorized ? '' : String(authorizationError)
  return { authorized, reason, subject, issuer, subjectAltName, serialNumber, fingerprint256, validTo }
}
