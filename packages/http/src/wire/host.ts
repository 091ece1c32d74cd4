import { isIPv6 } from 'node:net'
import { COLON, HEX, HOST, HOST_PERCENT } from './bytes.ts'

/**
 * True for exactly one host of RFC 3986 without user information: a name or IPv4 address, or an IPv6 address in
 * brackets, with an optional port 1-65,535. O(length).
 */
export function isHostAt(bytes: Uint8Array, from: number, to: number): boolean {
  let p = from
  if (bytes[p] === 0x5b) {
    while (p < to && bytes[p] !== 0x5d) p++
    if (p === to || !isIPv6(ascii(bytes, from + 1, p))) return false
    p++
  } else {
    while (p < to) {
      const kind = HOST[bytes[p] as number] as number
      if (kind === 0) break
      if (kind === HOST_PERCENT) {
        if (p + 2 >= to || HEX[bytes[p + 1] as number] === 255 || HEX[bytes[p + 2] as number] === 255) return false
        p += 2
      }
      p++
    }
    if (p === from) return false
  }
  return p === to || (bytes[p] === COLON && isPort(bytes, p + 1, to))
}

function isPort(bytes: Uint8Array, from: number, to: number): boolean {
  if (from === to || to - from > 5) return false
  let port = 0
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] as number) - 0x30
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
  }
  return port >= 1 && port <= 65_535
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  // A zone identifier (`%eth0`) has no place in a URI authority, and isIPv6 would take it.
  let text = ''
  for (let i = from; i < to && text.length < 46; i++) {
    if (bytes[i] === 0x25) return ''
    text += String.fromCharCode(bytes[i] as number)
  }
  return text
}

/** The same for a string, as the parser of Node gives it. */
export function isHost(value: string): boolean {
  if (value === lastHost && value !== '') return true
  const bytes = Buffer.from(value, 'latin1')
  // A character above 0xFF would lose its upper half.
  if (bytes.toString('latin1') !== value || !isHostAt(bytes, 0, bytes.length)) return false
  lastHost = value
  return true
}

// Clients repeat one Host. One entry is enough: it costs nothing to be wrong.
let lastHost = ''
