/** A key and its certificate with the chain behind it, PEM. */
export interface TlsCertificate {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  readonly passphrase?: string
}

/** What a listener presents and demands; can be replaced while it listens. */
export interface ListenTlsOptions {
  /**
   * One per group of host names; the names are read from the certificate, `*.example.org` included. The first one
   * also serves clients that name no host or an unknown one.
   */
  readonly certificates: readonly TlsCertificate[]
  /** Default 'TLSv1.2'. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /**
   * `none` no certificate is asked for · `request` one is asked for, and what came of it is on the context · `require`
   * a connection without one that `clientCa` has signed ends in the handshake. Default 'none'. A reload cannot change it.
   */
  readonly clientCertificates?: 'none' | 'request' | 'require'
  /** Authorities of client certificates, PEM. Needed unless `clientCertificates` is 'none'. */
  readonly clientCa?: string | Buffer | readonly (string | Buffer)[]
}

/** Certificates and keys that cannot be used. What was in use before stays in use. */
export class TlsConfigError extends TypeError {
  readonly code = 'ERR_TLS_CONFIG'

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TlsConfigError'
  }
}
