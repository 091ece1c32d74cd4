// One spelling per path, for routing and for the upstream. What two servers could read differently is refused, never
// guessed at: an encoded slash that one decodes and the other does not is a way around every rule on the path
// (@fastify/reply-from GHSA-2q7r-29rg-6m5h, @fastify/static CVE-2026-6414, Envoy GHSA-xcx5-93pw-jw2w).
//
//   /a/%62//c      received
//        │
//        ├─ refused: `//`  `\`  `;`  `.` and `..` segments  %2F %5C %2E%2E(any %2E)  %00–%1F %7F  bad escapes, bad UTF-8
//        └─ rewritten: an escaped letter, digit, `-`, `_`, `~` is written plainly (RFC 3986, 6.2.2.2); hex in upper case

const PERCENT = 0x25
const DOT = 0x2e
const SLASH = 0x2f
const SEMICOLON = 0x3b
const BACKSLASH = 0x5c

/**
 * The path as it is routed and forwarded, or null if it must be refused. A path without `%` is returned as it came,
 * after one pass and without allocation.
 *
 * @param path Origin-form path without the query, `/` first.
 */
export function canonicalPath(path: string): string | null {
  if (path.charCodeAt(0) !== SLASH) return null
  let escaped = false
  let segmentStart = 1
  for (let i = 1; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (code === SLASH) {
      if (i === segmentStart || isDotSegment(path, segmentStart, i)) return null
      segmentStart = i + 1
    } else if (code === PERCENT) {
      escaped = true
    } else if (code === SEMICOLON || code === BACKSLASH || code < 0x21 || code === 0x7f) {
      return null
    }
  }
  if (isDotSegment(path, segmentStart, path.length)) return null
  return escaped ? decodeUnreserved(path) : path
}

function isDotSegment(path: string, start: number, end: number): boolean {
  const length = end - start
  if (length === 0 || length > 2 || path.charCodeAt(start) !== DOT) return false
  return length === 1 || path.charCodeAt(start + 1) === DOT
}

function decodeUnreserved(path: string): string | null {
  // Malformed escapes and bytes that are not UTF-8 (overlong `%C0%AF` is a slash to a lax decoder) throw here.
  try {
    decodeURIComponent(path)
  } catch {
    return null
  }
  let result = ''
  let copied = 0
  for (let i = path.indexOf('%'); i !== -1; i = path.indexOf('%', i + 3)) {
    const byte = Number.parseInt(path.slice(i + 1, i + 3), 16)
    if (isForbiddenEscape(byte)) return null
    result += path.slice(copied, i) + (isUnreserved(byte) ? String.fromCharCode(byte) : escapeOf(byte))
    copied = i + 3
  }
  return result + path.slice(copied)
}

// A dot is unreserved too, but `%2e` has no honest sender: whoever writes it wants a dot segment unseen.
function isForbiddenEscape(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f || byte === DOT || byte === SLASH || byte === BACKSLASH
}

function isUnreserved(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x5f ||
    byte === 0x7e
  )
}

function escapeOf(byte: number): string {
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
}

/**
 * `path` without `prefix`, cut only at a segment border: `/api` is taken off `/api` and `/api/x`, not off `/apix`.
 * Always begins with `/`. A trailing `/` of the prefix has no meaning; an empty prefix changes nothing.
 */
export function stripPrefix(path: string, prefix: string): string {
  const length = prefix.endsWith('/') ? prefix.length - 1 : prefix.length
  if (length === 0 || path.length < length || !path.startsWith(prefix.slice(0, length))) return path
  if (path.length === length) return '/'
  return path.charCodeAt(length) === SLASH ? path.slice(length) : path
}
