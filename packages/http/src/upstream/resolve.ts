import { lookup, Resolver } from 'node:dns/promises'

/** One address of a host. */
export interface HostAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** What a look-up found. */
export interface ResolvedHost {
  /** At least one; tried in this order. */
  readonly addresses: readonly HostAddress[]
  /** How long the answer holds, ms. Unknown: 30,000. */
  readonly ttlMs?: number
}

/** Finds the addresses of a host name. Rejects if there are none or nobody can say. */
export type ResolveHost = (hostname: string) => Promise<ResolvedHost>

/** Nobody knows the TTL of a name that comes from a hosts file or a container's own resolver. */
export const UNKNOWN_TTL_MS = 30_000
/** A name server that takes longer than this to say a TTL is not waited for. */
const TTL_QUERY_MS = 1_000

const LOOPBACK: ResolvedHost = {
  addresses: [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ],
  ttlMs: Number.POSITIVE_INFINITY,
}

/** Names that were looked up once: their next look-up happens beside the traffic and has time for a second question. */
const known = new Set<string>()
const MOST_KNOWN = 10_000

/**
 * Addresses as the operating system finds them (hosts file, search domains, mDNS), with the TTL that DNS gives for the
 * name. The system alone knows which address counts, and does not tell how long: so both are asked, and where DNS does
 * not know the name, or says other addresses than the system, the answer holds for 30 s.
 *
 * `localhost` and names below it are 127.0.0.1 and ::1, whatever a hosts file says (RFC 6761, 6.3).
 */
export async function resolveHost(hostname: string): Promise<ResolvedHost> {
  const name = hostname.toLowerCase()
  if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK
  const isFirst = !known.has(name)
  if (isFirst && known.size < MOST_KNOWN) known.add(name)
  // The first request for a name waits for its address: it is not made to wait for a TTL too, which the second asks for.
  const [found, ttlMs] = await Promise.all([
    lookup(hostname, { all: true, order: 'verbatim' }),
    isFirst ? 1_000 : ttlOf(hostname),
  ])
  const addresses = found.map(({ address, family }): HostAddress => ({ address, family: family === 6 ? 6 : 4 }))
  return ttlMs === undefined ? { addresses } : { addresses, ttlMs }
}

/** Shortest TTL of the address records of a name, ms; undefined if DNS does not know it. */
async function ttlOf(hostname: string): Promise<number | undefined> {
  const resolver = new Resolver({ timeout: TTL_QUERY_MS, tries: 1 })
  const answers = await Promise.allSettled([
    resolver.resolve4(hostname, { ttl: true }),
    resolver.resolve6(hostname, { ttl: true }),
  ])
  const ttls = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.map(({ ttl }) => ttl) : []))
  return ttls.length === 0 ? undefined : Math.min(...ttls) * 1_000
}
