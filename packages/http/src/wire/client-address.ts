import { isIP } from 'node:net'
import { plainAddress, type TrustedProxies } from './trusted-proxies.ts'

/**
 * Address of the client behind trusted proxies: X-Forwarded-For is read from right to left, because only its tail was
 * written by proxies we know; the first address that is not trusted is the client. An element that is no address ends
 * the walk. O(elements).
 *
 * @param peer         address of the immediate peer, which is trusted
 * @param forwardedFor all X-Forwarded-For lines, merged
 */
export function clientAddress(peer: string, forwardedFor: string, trusted: TrustedProxies): string {
  let client = peer
  let end = forwardedFor.length
  while (end >= 0) {
    const comma = forwardedFor.lastIndexOf(',', end - 1)
    const start = end === 0 ? 0 : comma + 1
    const address = elementAddress(forwardedFor.slice(start, end).trim())
    if (address === '') return client
    client = address
    if (start === 0 || !trusted.has(address)) return client
    end = comma
  }
  return client
}

/** Takes `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; anything else is the empty string. */
function elementAddress(element: string): string {
  if (isIP(element) !== 0) return plainAddress(element)
  if (element.startsWith('[')) {
    const inner = element.slice(1, element.indexOf(']'))
    return isIP(inner) === 6 ? inner : ''
  }
  const colon = element.indexOf(':')
  const host = colon === -1 ? '' : element.slice(0, colon)
  return isIP(host) === 4 ? host : ''
}
