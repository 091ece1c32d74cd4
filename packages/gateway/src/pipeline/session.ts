import type { RequestContext } from '@breakwater/http'
import type { SessionConfig } from '../config/config.ts'

/** A longer id is treated as absent: no honest client sends one, and it would be hashed on every request. */
const MAX_ID_LENGTH = 256

/** The session id that the request carries, from the first source that has one, or undefined. */
export function sessionIdOf(ctx: RequestContext, config: SessionConfig): string | undefined {
  for (const source of config.from) {
    const value = ctx.headers.get(source.kind === 'header' ? source.name.toLowerCase() : 'cookie')
    if (value === undefined) continue
    const id = source.kind === 'header' ? value : cookieValue(value, source.name)
    if (id !== undefined && id.length > 0 && id.length <= MAX_ID_LENGTH) return id
  }
  return undefined
}

/** Name of the cookie to set for a request without a session, or null: ids in headers are the client's business. */
export function cookieToIssue(config: SessionConfig): string | null {
  return config.from.find((source) => source.kind === 'cookie')?.name ?? null
}

/**
 * Value of one cookie, or undefined. Names are compared whole (`sid` is not found in `xsid=1`). Several Cookie fields
 * arrive joined by a comma, which no cookie value may contain (RFC 6265, 4.1.1), so it ends a pair like a semicolon.
 */
export function cookieValue(header: string, name: string): string | undefined {
  return findPair(header, name, 0)?.value
}

/** One cookie in a Cookie field: `[start, end)` is the pair without its separators. */
export interface CookiePair {
  readonly start: number
  readonly end: number
  readonly value: string
}

/** The first cookie of that name that begins at `from` or later. */
export function findPair(header: string, name: string, from: number): CookiePair | undefined {
  for (let start = header.indexOf(name, from); start !== -1; start = header.indexOf(name, start + 1)) {
    const equals = start + name.length
    if (header.charCodeAt(equals) !== 0x3d || !startsPair(header, start)) continue
    let end = equals + 1
    while (end < header.length && header.charCodeAt(end) !== 0x3b && header.charCodeAt(end) !== 0x2c) end++
    return { start, end, value: header.slice(equals + 1, end).trim() }
  }
  return undefined
}

function startsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && header.charCodeAt(before) === 0x20) before--
  if (before < 0) return true
  const code = header.charCodeAt(before)
  return code === 0x3b || code === 0x2c
}
