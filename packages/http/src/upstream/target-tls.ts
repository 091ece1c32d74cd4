import { isIP } from 'node:net'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import type { TargetTlsOptions } from '../handler.ts'
import { checkNames } from '../option-checks.ts'

/**
 * Options of `tls.connect` for a target. The trust store, the keys and the names are read once, not per connection.
 *
 * @throws TypeError that names the option, also for certificates and keys that cannot be read
 */
export function resolveTargetTls(options: TargetTlsOptions, hostname: string): ConnectionOptions {
  checkNames('tls', options, ['ca', 'cert', 'key', 'passphrase', 'servername', 'verify', 'minVersion'])
  const { ca, cert, key, passphrase, verify = true, minVersion = 'TLSv1.2' } = options
  // An address is not a name: it is verified against the certificate, but not sent.
  const servername = options.servername ?? (isIP(hostname) === 0 ? hostname : undefined)
  if (typeof verify !== 'boolean') throw new TypeError(`tls.verify must be true or false, got ${String(verify)}`)
  if (servername !== undefined && (typeof servername !== 'string' || isIP(servername) !== 0 || servername === '')) {
    throw new TypeError(`tls.servername must be a host name, got '${String(servername)}'`)
  }
  if ((cert === undefined) !== (key === undefined)) throw new TypeError('tls.cert and tls.key go together')
  if (minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3') {
    throw new TypeError(`tls.minVersion must be 'TLSv1.2' or 'TLSv1.3', got '${String(minVersion)}'`)
  }
  return {
    secureContext: secureContext({
      ...(ca === undefined ? {} : { ca: typeof ca === 'string' || Buffer.isBuffer(ca) ? ca : [...ca] }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
      minVersion,
    }),
    ...(servername === undefined ? {} : { servername }),
    // Spelt out: the environment (NODE_TLS_REJECT_UNAUTHORIZED) does not switch verification off.
    rejectUnauthorized: verify,
    ALPNProtocols: ['http/1.1'],
  }
}

function secureContext(
  options: NonNullable<Parameters<typeof createSecureContext>[0]>,
): ReturnType<typeof createSecureContext> {
  try {
    return createSecureContext(options)
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error))
    throw new TypeError(`tls: the certificates or keys of the target cannot be used: ${cause.message}`, { cause })
  }
}
