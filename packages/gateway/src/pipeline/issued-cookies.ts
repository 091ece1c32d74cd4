import type { HeaderView } from '@breakwater/http'
import type { UpstreamConfig } from '../config/config.ts'
import { cookieToIssue, findPair } from './session.ts'
import { markIn, markOf } from './session-cookie.ts'

/**
 * The session cookies that this gateway hands out, told from all others by their form and by the mark of a target:
 *
 *   Cookie: theme=dark; breakwater_sid=qVn0c2hPz0q8sZ5xYtR1aw.3kPd; JSESSIONID=8
 *           └─ theirs ┘ └─ ours: kept from services and caches ──┘ └─ theirs ──┘
 *
 * A service did not ask for them and cannot read them, so they are neither forwarded nor credentials of a user. A cookie
 * of the same name that a service sets has another form; one from a Breakwater behind this one has the mark of a
 * target that is not known here. Both pass.
 */
export class IssuedCookies {
  readonly #names = new Set<string>()
  readonly #marks = new Set<string>()

  /** @param upstreams all of the gateway: a browser sends the cookie of one to the others, too */
  constructor(upstreams: Iterable<UpstreamConfig>) {
    for (const { session, targets } of upstreams) {
      const name = session === null ? null : cookieToIssue(session)
      if (name === null) continue
      this.#names.add(name)
      for (const { id } of targets) this.#marks.add(markOf(id))
    }
  }

  /**
   * The Cookie field as the upstream gets it: '' if nothing is left of it, undefined if there is nothing of ours in it.
   * Other cookies stay as they came, byte for byte. O(length × names).
   */
  cookieFor(headers: HeaderView): string | undefined {
    if (this.#names.size === 0) return undefined
    const joined = headers.get('cookie')
    if (joined === undefined || !this.#mayBeIn(joined)) return undefined
    const field = cookieField(headers)
    let left = field
    for (const name of this.#names) left = this.#without(left, name)
    return left === field ? undefined : left
  }

  /** The fields of a request as the upstream gets them; `headers` itself if there is nothing of ours in it. */
  hidden(headers: HeaderView): HeaderView {
    const cookie = this.cookieFor(headers)
    if (cookie === undefined) return headers
    const raw = headers.raw.filter((_, i) => headers.raw[i - (i % 2)]?.toLowerCase() !== 'cookie')
    if (cookie !== '') raw.push('Cookie', cookie)
    return {
      get: (name) => (name === 'cookie' ? cookie || undefined : headers.get(name)),
      has: (name) => (name === 'cookie' ? cookie !== '' : headers.has(name)),
      raw,
    }
  }

  #mayBeIn(field: string): boolean {
    for (const name of this.#names) if (field.includes(name)) return true
    return false
  }

  #without(field: string, name: string): string {
    let left = field
    let from = 0
    for (;;) {
      const pair = findPair(left, name, from)
      if (pair === undefined) return left
      const mark = markIn(pair.value)
      if (mark !== undefined && this.#marks.has(mark)) {
        const rest = left.length - pair.end
        left = cut(left, pair.start, pair.end)
        from = Math.max(0, left.length - rest)
      } else from = pair.end
    }
  }
}

/** Removes a pair together with one separator: the one before it, or after it if it is the first. */
function cut(field: string, start: number, end: number): string {
  const before = field.slice(0, start).trimEnd()
  if (before !== '') return before.slice(0, -1) + field.slice(end)
  return field.slice(end).replace(/^[;,] */, '')
}

/** All Cookie fields as one. The view joins fields by a comma, which servers do not take for a separator here. */
function cookieField({ raw }: HeaderView): string {
  return raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === 'cookie').join('; ')
}
