import { FORWARDED, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO } from './field-names.ts'
import { DROPPED, type ScannedHead } from './scanned-head.ts'

// Forwarding fields of both engines: who the request came from, as the upstream will read it. They are written after
// everything that a client may remove by naming it in Connection was removed.

/** X-Forwarded-For: what a trusted peer said (all its lines, merged; empty for other peers), then the peer itself. */
export function forwardedForValue(received: string, peer: string): string {
  return received === '' ? peer : `${received}, ${peer}`
}

/** Forwarded (RFC 7239), extended only where a trusted peer speaks it: both fields must end with the same peer. */
export function forwardedValue(received: string, peer: string): string {
  return `${received}, for=${peer.includes(':') ? `"[${peer}]"` : peer}`
}

/**
 * All lines of one kind in `text` (the latin1 string of the bytes from `head.start`), joined in order by `, `. Empty
 * without one; lines that Connection named do not count. O(field lines).
 */
export function mergedValue(text: string, head: ScannedHead, kind: number): string {
  const { fields, kinds, fieldCount } = head
  let merged = ''
  for (let i = 0; i < fieldCount; i++) {
    if (((kinds[i] as number) & ~DROPPED) !== kind) continue
    const value = text.slice(fields[i * 4 + 2], fields[i * 4 + 3])
    merged = merged === '' ? value : `${merged}, ${value}`
  }
  return merged
}

/** Value of the first line of one kind, or the empty string. O(field lines). */
export function firstValue(text: string, head: ScannedHead, kind: number): string {
  const { fields, kinds, fieldCount } = head
  for (let i = 0; i < fieldCount; i++) {
    if (((kinds[i] as number) & ~DROPPED) === kind) return text.slice(fields[i * 4 + 2], fields[i * 4 + 3])
  }
  return ''
}

/**
 * The forwarding fields of one connection as text. Made once per connection; the part that no request changes is ready.
 */
export class ForwardingFields {
  readonly #peer: string
  readonly #trusted: boolean
  readonly #proto: string
  readonly #constant: string
  /** Host of the request before, and all lines that were made for it: most clients ask for one host. */
  #host: string | null = null
  #lines: string

  /**
   * @param peer    address of the immediate peer
   * @param scheme  `http` or `https`, as the peer reached us
   * @param trusted the peer's own forwarding fields are believed; must be `trustsForwarding` of the rules of the scan
   */
  constructor(peer: string, scheme: string, trusted: boolean) {
    this.#peer = peer
    this.#trusted = trusted
    this.#proto = `x-forwarded-proto: ${scheme}\r\n`
    this.#constant = `x-forwarded-for: ${peer}\r\n${this.#proto}`
    this.#lines = this.#constant
  }

  /** Field lines for the request in `head`, each with its CRLF. `text` is the latin1 string from `head.start`. */
  lines(text: string, head: ScannedHead): string {
    if (!this.#trusted) return this.#untrusted(text, head)
    const host = head.hostStart === -1 ? '' : hostLine(text.slice(head.hostStart, head.hostEnd))
    let hasProto = false
    let hasHost = false
    const { kinds, fieldCount } = head
    for (let i = 0; i < fieldCount; i++) {
      if (kinds[i] === X_FORWARDED_PROTO) hasProto = true
      else if (kinds[i] === X_FORWARDED_HOST) hasHost = true
    }
    const forwarded = mergedValue(text, head, FORWARDED)
    let lines = `x-forwarded-for: ${forwardedForValue(mergedValue(text, head, X_FORWARDED_FOR), this.#peer)}\r\n`
    if (forwarded !== '') lines += `forwarded: ${forwardedValue(forwarded, this.#peer)}\r\n`
    if (!hasProto) lines += this.#proto
    return hasHost ? lines : lines + host
  }

  #untrusted(text: string, { hostStart, hostEnd }: ScannedHead): string {
    if (hostStart === -1) return this.#constant
    const known = this.#host
    if (known === null || hostEnd - hostStart !== known.length || !text.startsWith(known, hostStart)) {
      // Not a slice: that would keep the whole head.
      const host = Buffer.from(text.slice(hostStart, hostEnd), 'latin1').toString('latin1')
      this.#host = host
      this.#lines = this.#constant + hostLine(host)
    }
    return this.#lines
  }
}

function hostLine(host: string): string {
  return `x-forwarded-host: ${host}\r\n`
}
