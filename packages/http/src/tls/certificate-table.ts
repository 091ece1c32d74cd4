import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { checkNames } from '../option-checks.ts'
import { type ListenTlsOptions, type TlsCertificate, TlsConfigError } from './options.ts'

/**
 * The certificates of a listener by host name.
 *
 *    api.example.org ─► exact name ─► *.example.org (one label, RFC 6125) ─► the first certificate
 *
 * Built and checked as a whole: a table with one certificate that cannot be used does not come to be. Look-ups are two
 * reads of a Map.
 */
export class CertificateTable {
  /** Options of the context for clients that name no host. */
  readonly defaults: SecureContextOptions
  /** The certificate that ends first, and when; monotonic time does not apply to certificates. */
  readonly expires: Date
  readonly #contexts = new Map<string, SecureContext>()

  /** @throws TlsConfigError that names the certificate and what is wrong with it */
  constructor(options: ListenTlsOptions) {
    const shared = sharedOptions(options)
    const [first] = options.certificates
    if (first === undefined) throw new TlsConfigError('tls.certificates needs at least one certificate with its key')
    let expires = Number.POSITIVE_INFINITY
    for (const [index, certificate] of options.certificates.entries()) {
      const where = `tls.certificates[${index}]`
      const leaf = readLeaf(certificate, where)
      const context = makeContext({ ...shared, ...contents(certificate) }, where)
      expires = Math.min(expires, Date.parse(leaf.validTo))
      // Of two certificates for one name the first counts, as with the default.
      for (const name of namesOf(leaf)) if (!this.#contexts.has(name)) this.#contexts.set(name, context)
    }
    this.defaults = { ...shared, ...contents(first) }
    this.expires = new Date(expires)
  }

  /** Host names that have a certificate, wildcards included. */
  get names(): readonly string[] {
    return [...this.#contexts.keys()]
  }

  /** The context for a host name that a client asked for; undefined: the default one. O(1). */
  find(servername: string): SecureContext | undefined {
    const name = servername.toLowerCase()
    const exact = this.#contexts.get(name)
    if (exact !== undefined) return exact
    const dot = name.indexOf('.')
    return dot > 0 ? this.#contexts.get(`*${name.slice(dot)}`) : undefined
  }
}

function sharedOptions(options: ListenTlsOptions): SecureContextOptions {
  checkNames('tls', options, ['certificates', 'minVersion', 'clientCertificates', 'clientCa'])
  const { certificates, minVersion = 'TLSv1.2', clientCertificates = 'none', clientCa } = options
  if (!Array.isArray(certificates)) throw new TlsConfigError('tls.certificates must be a list')
  if (minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3') {
    throw new TlsConfigError(`tls.minVersion must be 'TLSv1.2' or 'TLSv1.3', got '${String(minVersion)}'`)
  }
  if (clientCertificates !== 'none' && clientCertificates !== 'request' && clientCertificates !== 'require') {
    throw new TlsConfigError(
      `tls.clientCertificates must be 'none', 'request' or 'require', got '${String(clientCertificates)}'`,
    )
  }
  if (clientCertificates === 'none') {
    if (clientCa === undefined) return { minVersion }
    throw new TlsConfigError("tls.clientCa has no effect without clientCertificates: 'request' or 'require'")
  }
  // Without it every certificate that a public authority signed would do.
  if (clientCa === undefined) throw new TlsConfigError(`clientCertificates: '${clientCertificates}' needs tls.clientCa`)
  const ca = typeof clientCa === 'string' || Buffer.isBuffer(clientCa) ? [clientCa] : [...clientCa]
  for (const each of ca) parseCertificate(each, 'tls.clientCa')
  return { minVersion, ca }
}

function contents({ cert, key, passphrase }: TlsCertificate): SecureContextOptions {
  return passphrase === undefined ? { cert, key } : { cert, key, passphrase }
}

function readLeaf(certificate: TlsCertificate, where: string): X509Certificate {
  checkNames(where, certificate, ['cert', 'key', 'passphrase'])
  const leaf = parseCertificate(certificate.cert, `${where}.cert`)
  const { key, passphrase } = certificate
  let matches: boolean
  try {
    const isText = typeof key === 'string' || Buffer.isBuffer(key)
    if (!isText) throw new TypeError('there is none')
    matches = leaf.checkPrivateKey(createPrivateKey(passphrase === undefined ? key : { key, passphrase }))
  } catch (error) {
    throw new TlsConfigError(`${where}.key is no private key in PEM form: ${messageOf(error)}`, error)
  }
  if (!matches) throw new TlsConfigError(`${where}.key is not the key of its certificate (${leaf.subject})`)
  return leaf
}

function parseCertificate(pem: string | Buffer, where: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new TlsConfigError(`${where} is no certificate in PEM form: ${messageOf(error)}`, error)
  }
}

function makeContext(options: SecureContextOptions, where: string): SecureContext {
  try {
    return createSecureContext(options)
  } catch (error) {
    throw new TlsConfigError(`${where} cannot be used: ${messageOf(error)}`, error)
  }
}

/** DNS names of a certificate in lower case; without any, its common name. */
function namesOf(leaf: X509Certificate): string[] {
  const alternatives = leaf.subjectAltName ?? ''
  const names = [...alternatives.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map((match) => (match[1] ?? '').toLowerCase())
  if (names.length > 0 || alternatives !== '') return names
  const commonName = /^CN=(.+)$/m.exec(leaf.subject)?.[1]
  return commonName === undefined ? [] : [commonName.toLowerCase()]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
