// TLS settings: paths become absolute, gaps are filled, files are read and looked at.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ListenTlsOptions, TargetTlsOptions } from '@breakwater/http'
import type { ListenerTls, UpstreamTls } from './config.ts'
import type { ListenerTlsDraft, UpstreamTlsDraft } from './draft.ts'

/** True for the text of a certificate or a key, false for a path. */
function isPem(written: string): boolean {
  return written.includes('-----BEGIN ')
}

function located(written: string, folder: string): string {
  return isPem(written) ? written : resolve(folder, written)
}

export function resolveListenerTls(draft: ListenerTlsDraft, folder: string): ListenerTls {
  const { cert, key, passphrase, certificates = [], clientCa = [] } = draft
  const own = cert === undefined || key === undefined ? [] : [{ cert, key, passphrase }]
  return {
    certificates: [...own, ...certificates].map((each) => ({
      cert: located(each.cert, folder),
      key: located(each.key, folder),
      ...(each.passphrase !== undefined && { passphrase: each.passphrase }),
    })),
    minVersion: draft.minVersion ?? 'TLSv1.2',
    clientCertificates: draft.clientCertificates ?? 'none',
    clientCa: clientCa.map((each) => located(each, folder)),
  }
}

export function resolveUpstreamTls(draft: UpstreamTlsDraft, folder: string): UpstreamTls {
  const { ca, cert, key, passphrase, servername } = draft
  return {
    ...(ca !== undefined && { ca: ca.map((each) => located(each, folder)) }),
    ...(cert !== undefined && { cert: located(cert, folder) }),
    ...(key !== undefined && { key: located(key, folder) }),
    ...(passphrase !== undefined && { passphrase }),
    ...(servername !== undefined && { servername }),
    verify: draft.verify ?? true,
    minVersion: draft.minVersion ?? 'TLSv1.2',
  }
}

/** The text of a PEM file, or the text itself. @throws What `fs.readFileSync` throws */
function readPem(written: string): string {
  return isPem(written) ? written : readFileSync(written, 'utf8')
}

/** Reads what a listener needs. @throws What `fs.readFileSync` throws */
export function readListenerTls(tls: ListenerTls): ListenTlsOptions {
  return {
    certificates: tls.certificates.map((each) => ({ ...each, cert: readPem(each.cert), key: readPem(each.key) })),
    minVersion: tls.minVersion,
    clientCertificates: tls.clientCertificates,
    ...(tls.clientCa.length > 0 && { clientCa: tls.clientCa.map(readPem) }),
  }
}

/** Reads what the targets of an upstream need. @throws What `fs.readFileSync` throws */
export function readUpstreamTls({ ca, cert, key, ...rest }: UpstreamTls): TargetTlsOptions {
  return {
    ...rest,
    ...(ca !== undefined && { ca: ca.map(readPem) }),
    ...(cert !== undefined && { cert: readPem(cert) }),
    ...(key !== undefined && { key: readPem(key) }),
  }
}

/** What is wrong with a certificate, or null. @param written path or text, path relative to `folder` */
export function certificateProblem(written: string, folder: string): string | null {
  return problemOf(written, folder, 'certificate', (pem) => void new X509Certificate(pem))
}

/** What is wrong with a private key, or null. @param cert its certificate, if that is good */
export function keyProblem(
  written: string,
  passphrase: string | undefined,
  cert: string | undefined,
  folder: string,
): string | null {
  let matches = true
  const problem = problemOf(written, folder, 'private key', (pem) => {
    const key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase })
    if (cert !== undefined) matches = new X509Certificate(readPem(located(cert, folder))).checkPrivateKey(key)
  })
  return problem ?? (matches ? null : 'this is not the key of the certificate beside it')
}

function problemOf(written: string, folder: string, what: string, parse: (pem: string) => void): string | null {
  const path = located(written, folder)
  let text: string
  try {
    text = readPem(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return `there is no file ${path}`
    if (code === 'EACCES' || code === 'EPERM') return `this user may not read ${path}`
    return `the file cannot be read: ${message}`
  }
  try {
    parse(text)
    return null
  } catch {
    return `${isPem(written) ? 'the text' : path} is no ${what} in PEM form`
  }
}
