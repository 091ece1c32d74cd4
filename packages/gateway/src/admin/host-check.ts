import { isIPv4 } from 'node:net'

/**
 * Whether a Host field names this machine's loopback. A page in a browser can make its own name resolve to 127.0.0.1
 * (DNS rebinding) and then read what the admin listener says; the Host field still carries that name.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
  if (name === 'localhost' || name === '[::1]') return true
  return isIPv4(name) && name.startsWith('127.')
}
