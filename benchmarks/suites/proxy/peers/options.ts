import { readFileSync } from 'node:fs'

/** What a peer is started with: one JSON object. */
export interface PeerOptions {
  readonly port: number
  /** Origin of the service. */
  readonly upstream: string
  /** PEM, present for https. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** As many connections to the service as the load can need, as with the other contenders. */
export const UPSTREAM_CONNECTIONS = 2_048
/** As with the other contenders: no client is disconnected while it rests. */
export const KEEP_ALIVE_MS = 600_000

export function readOptions(): PeerOptions {
  const { port, upstream, cert, key } = JSON.parse(process.argv[2] ?? '{}')
  const tls = cert === undefined ? {} : { tls: { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') } }
  return { port, upstream, ...tls }
}
