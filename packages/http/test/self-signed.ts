import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** One element of DER (X.690): tag, length, content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content)
const octets = (content: Uint8Array): Buffer => der(0x04, content)
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes))
const TRUE = der(0x01, Buffer.from([0xff]))
const ECDSA_WITH_SHA256 = oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)
const COMMON_NAME = oid(0x55, 0x04, 0x03)
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13)
const SUBJECT_ALT_NAME = oid(0x55, 0x1d, 0x11)
const DAY_MS = 86_400_000

/** `261121123000Z` */
function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]|\..*/g, '')
  return der(0x17, Buffer.from(`${digits.slice(2)}Z`))
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))))
}

/** DNS names and IPv4 addresses a certificate is good for. */
function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) =>
    isIPv4(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name)),
  )
  return sequence(SUBJECT_ALT_NAME, octets(sequence(...entries)))
}

function pem(type: string, content: Buffer): string {
  // A last line of exactly 64 characters must not be followed by an empty one.
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${type}-----\n${lines.join('\n')}\n-----END ${type}-----\n`
}

export interface KeyAndCertificate {
  readonly key: string
  readonly cert: string
}

interface Contents {
  readonly subject: string
  readonly issuer: string
  readonly issuerKey?: KeyObject
  readonly names?: readonly string[]
  readonly isAuthority?: boolean
  /** Day of the end, from now. Default 1. */
  readonly endsInDays?: number
}

let serial = 0

/** An X.509 certificate (RFC 5280) made here, without a tool that a machine may lack. */
function certificate(contents: Contents): KeyAndCertificate & { readonly privateKey: KeyObject } {
  const { subject, issuer, issuerKey, names = [], isAuthority = false, endsInDays = 1 } = contents
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(ECDSA_WITH_SHA256)
  const extensions = [
    ...(isAuthority ? [sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence(TRUE)))] : []),
    ...(names.length > 0 ? [alternativeNames(names)] : []),
  ]
  const now = Date.now()
  serial++
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, serial >> 8, serial & 0xff])),
    algorithm,
    distinguishedName(issuer),
    sequence(utcTime(now - 2 * DAY_MS), utcTime(now + endsInDays * DAY_MS)),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  )
  const signature = sign('sha256', content, issuerKey ?? privateKey)
  return {
    privateKey,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem('CERTIFICATE', sequence(content, algorithm, der(0x03, Buffer.from([0]), signature))),
  }
}

/** A key and a certificate that nobody trusts, valid for a day. */
export function selfSigned(commonName: string): KeyAndCertificate {
  const { key, cert } = certificate({ subject: commonName, issuer: commonName })
  return { key, cert }
}

export interface Authority {
  /** The certificate to trust. */
  readonly ca: string
  /** A key and a certificate of this authority, for DNS names and IPv4 addresses; the first is also the subject. */
  issue(names: readonly string[], options?: { readonly endsInDays?: number }): KeyAndCertificate
}

/** A certificate authority of a test. */
export function createAuthority(commonName = 'Test authority'): Authority {
  const { cert, privateKey } = certificate({ subject: commonName, issuer: commonName, isAuthority: true })
  return {
    ca: cert,
    issue(names, options = {}) {
      const subject = names[0] ?? ''
      const made = certificate({ subject, issuer: commonName, issuerKey: privateKey, names, ...options })
      return { key: made.key, cert: made.cert }
    },
  }
}
