// Rules of TLS settings: what belongs together, files that exist and fit each other.
import { dirname } from 'node:path'
import type { PartialDraft } from './checks.ts'
import type { CertificateDraft, ListenerTlsDraft, TuningDraft } from './draft.ts'
import type { IssueList } from './issue-list.ts'
import type { ConfigSource, Path } from './source.ts'
import { certificateProblem, keyProblem } from './tls.ts'

/** What paths in a configuration are relative to: its own folder. */
export function folderOf({ file }: ConfigSource): string {
  return file === undefined ? '.' : dirname(file)
}

export function checkTls({ server, defaults, upstreams }: PartialDraft, errors: IssueList, warnings: IssueList): void {
  for (const [index, listener] of (server?.listen ?? []).entries()) {
    const path: Path = ['server', 'listen', index]
    const { address, tls, http2, proxyProtocol } = listener
    if (tls !== undefined) checkListenerTls([...path, 'tls'], tls, errors)
    if (http2 === true && tls === undefined) {
      errors.add([...path, 'http2'], {
        message: 'HTTP/2 is chosen in the TLS handshake, and this address has no TLS',
        fix: 'add tls: { cert: …, key: … }, or remove http2',
      })
    }
    if (proxyProtocol === true && address.path !== undefined) {
      errors.add([...path, 'proxyProtocol'], {
        message: 'the PROXY protocol tells where a TCP connection comes from; this is a socket file',
        fix: 'remove it',
      })
    } else if (proxyProtocol === true && server?.trustedProxies?.length === 0) {
      errors.add([...path, 'proxyProtocol'], {
        message: 'connections are taken from trustedProxies only, and there is none: all would be closed',
        fix: 'add the addresses of the proxies to server.trustedProxies',
      })
    }
  }
  if (defaults?.tls !== undefined) checkTargetTls(['defaults', 'tls'], defaults.tls, errors)
  for (const [name, upstream] of upstreams) {
    if (upstream?.tls === undefined) continue
    const path: Path = ['upstreams', name, 'tls']
    checkTargetTls(path, upstream.tls, errors)
    if (upstream.targets.some(({ url }) => url.startsWith('https:'))) continue
    warnings.add(path, { message: 'no target of this upstream is https: these settings have no effect', part: 'key' })
  }
}

function checkListenerTls(path: Path, tls: ListenerTlsDraft, errors: IssueList): void {
  if (tls.cert === undefined && tls.key === undefined && tls.certificates === undefined) {
    errors.add(path, {
      message: 'TLS needs a certificate and its key',
      fix: 'add cert: and key: with the paths of two PEM files',
    })
  }
  checkPair(path, tls, errors)
  for (const [index, each] of (tls.certificates ?? []).entries()) {
    checkPair([...path, 'certificates', index], each, errors)
  }
  const { clientCertificates = 'none', clientCa } = tls
  if (clientCertificates !== 'none' && clientCa === undefined) {
    errors.add([...path, 'clientCertificates'], {
      message: `"${clientCertificates}" needs the authorities whose certificates are accepted`,
      fix: 'add clientCa: with the path of a PEM file',
    })
  }
  if (clientCertificates === 'none' && clientCa !== undefined) {
    errors.add([...path, 'clientCa'], {
      message: 'clients are not asked for certificates, so this has no effect',
      fix: 'add clientCertificates: require, or remove clientCa',
    })
  }
  checkAuthorities([...path, 'clientCa'], clientCa, errors)
}

function checkTargetTls(path: Path, tls: NonNullable<TuningDraft['tls']>, errors: IssueList): void {
  checkPair(path, tls, errors)
  checkAuthorities([...path, 'ca'], tls.ca, errors)
}

function checkPair(path: Path, { cert, key, passphrase }: CertificateDraft, errors: IssueList): void {
  const folder = folderOf(errors.source)
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'cert' : 'key'
    errors.add(path, { message: `cert and key go together; "${missing}" is missing`, fix: `add ${missing}:` })
  }
  const bad = cert === undefined ? null : certificateProblem(cert, folder)
  if (bad !== null) add([...path, 'cert'], bad, errors)
  if (key === undefined) return
  const badKey = keyProblem(key, passphrase, bad === null ? cert : undefined, folder)
  if (badKey !== null) add([...path, 'key'], badKey, errors)
}

function checkAuthorities(path: Path, authorities: readonly string[] | undefined, errors: IssueList): void {
  for (const each of authorities ?? []) {
    const problem = certificateProblem(each, folderOf(errors.source))
    if (problem !== null) add(path, problem, errors)
  }
}

/** A value that was put in by `${…}` is not repeated, and what is said of it may hold it. */
function add(path: Path, problem: string, errors: IssueList): void {
  const written = errors.source.written?.(path)
  errors.add(path, {
    message: written === undefined ? problem : `${written} is no PEM file or text that can be used here`,
    fix: 'write the path of a PEM file that this user may read',
  })
}
