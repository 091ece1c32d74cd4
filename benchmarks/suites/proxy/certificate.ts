// A certificate for the rows over TLS, made for the run: node:crypto signs, but has no call that makes one.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const utcTime = (date: Date): Buffer =>
  der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`))

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
const DAY_MS = 86_400_000

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))))
}

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

export interface Certificate {
  /** PEM. */
  readonly certificate: string
  readonly key: string
}

/**
 * Signs a certificate (P-256, valid from yesterday for a week) with its own key.
 * @param host the name it is for, at most 100 characters
 */
export function selfSigned(host: string): Certificate {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const now = Date.now()
  const alternative = sequence(der(0x82, Buffer.from(host)))
  const extensions = sequence(sequence(oid('551d11'), der(0x04, alternative)))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    // A positive number: the first byte must not look like a sign.
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    name(host),
    sequence(utcTime(new Date(now - DAY_MS)), utcTime(new Date(now + 6 * DAY_MS))),
    name(host),
    pair.publicKey,
    der(0xa3, extensions),
  )
  const signature = sign('sha256', body, createPrivateKey(pair.privateKey))
  const whole = sequence(body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature))
  return { certificate: pem('CERTIFICATE', whole), key: pair.privateKey }
}
