import type { Member } from './endpoint.ts'
import { SipHash } from './sip-hash.ts'

/** What a token says: an endpoint of the set, or why there is none. */
type TokenVerdict<T> = Member<T> | 'new' | 'expired' | 'removed'

/** One secret at work. */
interface Signer<T> {
  readonly tags: SipHash
  readonly signatures: SipHash
  readonly byTag: Map<string, Member<T>>
}

const VERSION = '1'
const PATTERN = /^1\.([0-9a-f]{16})\.([0-9a-z]{1,9})\.([0-9a-f]{16})$/
const encoder = new TextEncoder()

/**
 * Sessions that their clients carry, in a cookie or a header, instead of a table.
 *
 *   1 . 64 bits for the endpoint . seconds, base 36 . 64 bits of signature        42 characters, all fit for a cookie
 *       keyed hash of its id       when it ends       over tenant, endpoint and end (SipHash-2-4)
 *
 * Nobody can make or change a token without a secret, and a token tells nothing about the endpoints. It is no proof of
 * who the client is: whoever has the token reaches the same endpoint, no more. O(1) per token and secret.
 */
export class SessionTokens<T> {
  readonly #signers: readonly Signer<T>[]
  readonly #ttlMs: number
  readonly #clock: { now(): number }

  /** `secrets`: the first signs, all are accepted; `clock`: time of day. */
  constructor(secrets: readonly string[], ttlMs: number, clock: { now(): number }) {
    this.#ttlMs = ttlMs
    this.#clock = clock
    this.#signers = secrets.map((secret) => ({
      tags: derive(secret, 'endpoint'),
      signatures: derive(secret, 'token'),
      byTag: new Map(),
    }))
  }

  add(member: Member<T>): void {
    for (const signer of this.#signers) signer.byTag.set(signer.tags.hex(encoder.encode(member.id)), member)
  }

  remove(member: Member<T>): void {
    for (const signer of this.#signers) signer.byTag.delete(signer.tags.hex(encoder.encode(member.id)))
  }

  clear(): void {
    for (const signer of this.#signers) signer.byTag.clear()
  }

  issue(member: Member<T>, tenant: string): string {
    const [signer] = this.#signers as readonly [Signer<T>]
    const tag = signer.tags.hex(encoder.encode(member.id))
    const end = Math.ceil((this.#clock.now() + this.#ttlMs) / 1000).toString(36)
    return `${VERSION}.${tag}.${end}.${sign(signer.signatures, tenant, tag, end)}`
  }

  /** Forged, damaged or of an unknown secret: `new`. */
  read(token: string, tenant: string): TokenVerdict<T> {
    const [, tag, end, signature] = PATTERN.exec(token) ?? []
    if (tag === undefined || end === undefined || signature === undefined) return 'new'
    for (const signer of this.#signers) {
      if (!equal(sign(signer.signatures, tenant, tag, end), signature)) continue
      if (this.#remainingMs(end) <= 0) return 'expired'
      return signer.byTag.get(tag) ?? 'removed'
    }
    return 'new'
  }

  /** Whether less than half of a valid token's life is left. */
  isAgeing(token: string): boolean {
    return this.#remainingMs(PATTERN.exec(token)?.[2] ?? '0') < this.#ttlMs / 2
  }

  #remainingMs(end: string): number {
    return Number.parseInt(end, 36) * 1000 - this.#clock.now()
  }
}

/** A key of 128 bits for one purpose. */
function derive(secret: string, purpose: string): SipHash {
  const bytes = encoder.encode(`${purpose} ${secret}`)
  return new SipHash([
    ...new SipHash([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]).hash(bytes),
    ...new SipHash([0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89]).hash(bytes),
  ])
}

// The tenant enters with its length: no delimiter can be forged.
function sign(hash: SipHash, tenant: string, tag: string, end: string): string {
  return hash.hex(encoder.encode(`${tenant.length}:${tenant}${tag}.${end}`))
}

/** Takes the same time wherever they differ. Both have 16 characters. */
function equal(first: string, second: string): boolean {
  let difference = 0
  for (let index = 0; index < 16; index++) difference |= first.charCodeAt(index) ^ second.charCodeAt(index)
  return difference === 0
}
