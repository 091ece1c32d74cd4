import type { LookupFunction } from 'node:net'
import { type HostAddress, type ResolveHost, UNKNOWN_TTL_MS } from './resolve.ts'

/** A TTL of 0 would mean a look-up per connection. */
const SHORTEST_TTL_MS = 1_000
/** After a look-up that failed the next is tried this much later. */
const RETRY_MS = 1_000
/** How long a dial waits for a late look-up before it takes the addresses of the last one. */
const PATIENCE_MS = 1_000

type LookupCallback = Parameters<LookupFunction>[2]

/**
 * The addresses of one host name, looked up again when their TTL ran out: by whoever needs them next, without a timer.
 *
 *    touch() at each request ──► expired? ──► look-up beside the traffic ──► other addresses? ──► onChange
 *    lookup() at each dial ────► fresh: at once │ expired: waits for the look-up, at most 1 s │ DNS fails: the last answer
 *
 * A failed look-up never takes a good answer away: an upstream does not stop with the name server.
 */
export class HostAddresses {
  readonly #hostname: string
  readonly #resolve: ResolveHost
  readonly #clock: { now(): number }
  readonly #onChange: () => void
  #addresses: readonly HostAddress[] = []
  #expiresAt = Number.NEGATIVE_INFINITY
  #refreshing: Promise<void> | null = null
  #lastError: Error | null = null
  #turn = 0

  constructor(hostname: string, resolve: ResolveHost, clock: { now(): number }, onChange: () => void) {
    this.#hostname = hostname
    this.#resolve = resolve
    this.#clock = clock
    this.#onChange = onChange
  }

  /** True if connections to this address may carry further requests. O(addresses). */
  has(address: string): boolean {
    if (this.#addresses.length === 0) return true
    for (const known of this.#addresses) if (known.address === address) return true
    return false
  }

  /** Starts a look-up if the answer has expired. One comparison otherwise. */
  touch(): void {
    if (this.#clock.now() < this.#expiresAt) return
    // A name that was never dialled is looked up by its first dial.
    if (this.#addresses.length > 0) void this.#refresh()
  }

  /** For `net.connect` and `tls.connect`, in place of `dns.lookup`. */
  readonly lookup: LookupFunction = (_hostname, options, callback) => {
    if (this.#addresses.length > 0 && this.#clock.now() < this.#expiresAt) {
      // net.connect expects the answer after it has returned.
      process.nextTick(() => this.#answer(options, callback))
      return
    }
    const refreshed = this.#refresh()
    if (this.#addresses.length === 0) void refreshed.then(() => this.#answer(options, callback))
    else void atMost(PATIENCE_MS, refreshed).then(() => this.#answer(options, callback))
  }

  #answer(options: Parameters<LookupFunction>[1], callback: LookupCallback): void {
    const { family, all } = options
    const wanted = family === 4 || family === 'IPv4' ? 4 : family === 6 || family === 'IPv6' ? 6 : 0
    const usable = wanted === 0 ? this.#addresses : this.#addresses.filter((each) => each.family === wanted)
    const [first] = usable
    if (first === undefined) {
      callback(this.#lastError ?? notFound(this.#hostname), '', 0)
      return
    }
    // Each dial begins at the next address, so that several of them share the connections.
    const start = this.#turn++ % usable.length
    const ordered = [...usable.slice(start), ...usable.slice(0, start)].map((each) => ({ ...each }))
    if (all === true) callback(null, ordered)
    else callback(null, ordered[0]?.address ?? first.address, ordered[0]?.family ?? first.family)
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #look(): Promise<void> {
    try {
      const { addresses, ttlMs = UNKNOWN_TTL_MS } = await this.#resolve(this.#hostname)
      if (addresses.length === 0) throw notFound(this.#hostname)
      this.#expiresAt = this.#clock.now() + Math.max(SHORTEST_TTL_MS, ttlMs)
      const before = this.#addresses
      this.#addresses = [...addresses]
      this.#lastError = null
      if (before.some(({ address }) => !this.has(address))) this.#onChange()
    } catch (error) {
      this.#lastError = error instanceof Error ? error : new Error(String(error))
      if (this.#addresses.length > 0) this.#expiresAt = this.#clock.now() + RETRY_MS
    }
  }
}

function notFound(hostname: string): Error {
  return Object.assign(new Error(`The host name ${hostname} has no address`), { code: 'ENOTFOUND', hostname })
}

function atMost(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    timer.unref()
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
