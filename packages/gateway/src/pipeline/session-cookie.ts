import { createHash, randomBytes } from 'node:crypto'
import type { RequestContext, ResponseHead } from '@breakwater/http'
import type { Exchange } from './exchange.ts'
import { parseCacheControl, secondsOf } from './response-cache-control.ts'

/**
 * Value of an issued cookie: 128 random bits, and which target answered first.
 *
 *   qVn0c2hPz0q8sZ5xYtR1aw . 3kPd
 *   session                  mark of the target
 *
 * A session of ours is pinned when its cookie comes back, not when it is issued: clients that keep no cookies (crawlers,
 * probes, load tools) would otherwise fill the table in seconds and push every real session out. Until then, and after
 * it was pushed out, the mark leads it to the target that knows it.
 */
const ISSUED = /^[\w-]{22}\.([\w-]{4})$/

/** A hash, so that the cookie tells nobody the name or address of a target. */
export function markOf(targetId: string): string {
  return createHash('sha256').update(targetId).digest('base64url').slice(0, 4)
}

/** The mark in the id of a session that was issued here; undefined in ids of other makes. */
export function markIn(sessionId: string): string | undefined {
  return ISSUED.exec(sessionId)?.[1]
}

export function newSessionId(targetId: string): string {
  return `${randomBytes(16).toString('base64url')}.${markOf(targetId)}`
}

/** `Set-Cookie` of a new session: out of reach of scripts and of cross-site posts, `Secure` where the client uses TLS. */
export function sessionCookie(name: string, id: string, scheme: 'http' | 'https'): string {
  return `${name}=${id}; Path=/; HttpOnly; SameSite=Lax${scheme === 'https' ? '; Secure' : ''}`
}

/**
 * Adds the cookie that the exchange owes its client to the answer whose head arrived, unless others may share it, or the
 * service sets one of that name itself: then that is the session.
 */
export function issueCookie(ctx: RequestContext, exchange: Exchange, head: ResponseHead): void {
  const { owedCookie, lastTarget } = exchange
  if (owedCookie === null || lastTarget === null || isForSharedCaches(head) || setsCookie(head, owedCookie)) return
  exchange.owedCookie = null
  ctx.setResponseHeader('set-cookie', sessionCookie(owedCookie, newSessionId(lastTarget.id), ctx.scheme))
}

function setsCookie({ raw }: ResponseHead, name: string): boolean {
  return raw.some(
    (field, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === 'set-cookie' && field.startsWith(`${name}=`),
  )
}

/** Caches keep Set-Cookie with the answer (RFC 9111, 7.3): all who are given it would share one session. */
export function isForSharedCaches(head: Pick<ResponseHead, 'get'>): boolean {
  const control = parseCacheControl(head.get('cache-control'))
  if (control.has('private') || control.has('no-store')) return false
  if (control.has('public') || control.has('s-maxage')) return true
  const maxAge = secondsOf(control, 'max-age')
  if (maxAge !== undefined) return maxAge > 0
  return Date.parse(head.get('expires') ?? '') > Date.now()
}
