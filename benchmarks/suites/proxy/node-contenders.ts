// Our gateway, started as its command is, and the proxies of Node that are started beside it.
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Contender } from './contender.ts'

const HERE = new URL('./', import.meta.url)
/** Root of the checkout whose gateway is measured; another one can be named for a comparison. */
const TREE = process.env.BENCH_GATEWAY_TREE
const ROOT = TREE === undefined ? new URL('../../../', HERE) : pathToFileURL(join(TREE, '/'))
// As `npm run breakwater` starts it.
const GATEWAY_FLAGS = ['--max-semi-space-size=4', '--conditions=@breakwater/source']
const QUIET = '--disable-warning=ExperimentalWarning'

/** @param configuration a file of this folder: a claim uses no other */
export function gateway(name: string, configuration: string): Contender {
  return {
    name,
    role: 'ours',
    tls: name.endsWith('-tls'),
    prepare: ({ port, secondPort, upstreams, certificate, key }) => ({
      command: [
        process.execPath,
        ...GATEWAY_FLAGS,
        QUIET,
        fileURLToPath(new URL('packages/gateway/src/bin.ts', ROOT)),
        'start',
        fileURLToPath(new URL(configuration, HERE)),
      ],
      env: {
        PORT: String(port),
        ADMIN_PORT: String(secondPort),
        UPSTREAM_PORT: String(upstreams[0]),
        UPSTREAM_PORT_2: String(upstreams[1]),
        CERT: certificate,
        KEY: key,
      },
    }),
  }
}

export type PeerName = 'fast-gateway' | 'fastify-http-proxy' | 'http-proxy-3'

const PEERS: Readonly<Record<PeerName, URL>> = {
  'fast-gateway': new URL('peers/fast-gateway.ts', import.meta.url),
  'fastify-http-proxy': new URL('peers/fastify-http-proxy.ts', import.meta.url),
  'http-proxy-3': new URL('peers/http-proxy-3.ts', import.meta.url),
}

/** None of them balances: each gets the first address of the service. */
export function peer(name: PeerName, tls = false): Contender {
  return {
    name: tls ? `${name}-tls` : name,
    role: 'peer',
    tls,
    prepare: ({ port, upstreams, certificate, key }) => {
      const options = { port, upstream: `http://127.0.0.1:${upstreams[0]}`, ...(tls ? { cert: certificate, key } : {}) }
      return { command: [process.execPath, QUIET, fileURLToPath(PEERS[name]), JSON.stringify(options)] }
    },
  }
}
