// What people write about TLS and the addresses to listen on.

export interface ListenerInput {
  /** As `listen`. */
  readonly address: number | string
  readonly tls?: ListenerTlsInput | undefined
  /** HTTP/2 for clients that choose it in the handshake; needs `tls`. Default false. */
  readonly http2?: boolean | undefined
  /** Every connection begins with a PROXY protocol header, from one of `trustedProxies`. Default false. */
  readonly proxyProtocol?: boolean | undefined
}

/** A certificate with the chain behind it, and its key: paths of PEM files, relative to the configuration, or their text. */
export interface CertificateInput {
  readonly cert: string
  readonly key: string
  readonly passphrase?: string | undefined
}

/** Either `cert` and `key`, or `certificates`, or both: then the former come first. */
export interface ListenerTlsInput {
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly passphrase?: string | undefined
  /** Chosen by the host names in them, `*.example.org` included; the first also serves clients that name none. */
  readonly certificates?: readonly CertificateInput[] | undefined
  /** Default `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  /** Default `none`; `request` asks, `require` ends a handshake without one that `clientCa` signed. */
  readonly clientCertificates?: 'none' | 'request' | 'require' | undefined
  /** Authorities of client certificates. */
  readonly clientCa?: string | readonly string[] | undefined
}

export interface UpstreamTlsInput {
  /** What we show to a target that asks for it; see `CertificateInput`. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly passphrase?: string | undefined
  /** Authorities to trust in place of the public ones: paths of PEM files or their text. */
  readonly ca?: string | readonly string[] | undefined
  /** Name that is asked for and verified. Default: the host of the target. */
  readonly servername?: string | undefined
  /** False: any certificate will do. Default true. */
  readonly verify?: boolean | undefined
  /** Default `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
}
