import { isIPv4, isIPv6 } from 'node:net'
import { CR, LF } from './bytes.ts'

// PROXY protocol, versions 1 and 2 (haproxy.org, doc/proxy-protocol.txt): a load balancer says in front of a connection
// who opened it. Read only from peers that are trusted to say so, and then it must be there: a listener that takes
// connections with and without it lets every client choose its own address.
//
//   v1   PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 CRLF
//   v2   0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A │ version, command │ family │ length (2) │ addresses │ TLVs
//        └──────────── signature ──────────┘   12                13        14           16

const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const WORD = Buffer.from('PROXY ')
/** Longest line of version 1, its CRLF included. */
const LONGEST_LINE = 107
/** Bytes of addresses and TLVs in version 2. Senders stay below 536; certificates in a TLV need some more. */
export const LONGEST_BLOCK = 4_096

const MORE: ProxyHeader = { status: 'more', length: 0, address: '', port: 0 }
const BAD: ProxyHeader = { status: 'bad', length: 0, address: '', port: 0 }

export interface ProxyHeader {
  /**
   * `more` the header goes on behind the bytes given · `bad` no header: close the connection without an answer ·
   * `proxied` it names a client · `local` the balancer speaks for itself (health check) or does not know the client:
   * the address of the connection counts.
   */
  readonly status: 'more' | 'bad' | 'proxied' | 'local'
  /** Bytes of the header, if it is complete. */
  readonly length: number
  /** Source address in its usual spelling, for `proxied`. */
  readonly address: string
  /** Source port, for `proxied`. */
  readonly port: number
}

/**
 * Reads the header at the beginning of `bytes`, which hold all that was received so far. The verdict does not depend on
 * how they were cut; at most 4,112 bytes are asked for. O(length).
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (bytes.length === 0) return MORE
  if (bytes[0] === SIGNATURE[0]) return readBinary(bytes)
  return readLine(bytes)
}

function readLine(bytes: Buffer): ProxyHeader {
  if (!beginsLike(bytes, WORD)) return BAD
  const end = bytes.indexOf(CR, WORD.length)
  // Only the line itself may be cut: what follows it belongs to the client.
  if (end === -1 || end > LONGEST_LINE - 2) return bytes.length > LONGEST_LINE - 2 ? BAD : lineSoFar(bytes)
  if (end + 1 === bytes.length) return lineSoFar(bytes.subarray(0, end))
  if (bytes[end + 1] !== LF) return BAD
  const words = bytes.toString('latin1', WORD.length, end).split(' ')
  const length = end + 2
  const [family = '', source = '', destination = '', sourcePort = '', destinationPort = ''] = words
  if (!isPrintable(bytes, end)) return BAD
  // Whatever follows UNKNOWN is to be ignored.
  if (family === 'UNKNOWN') return { status: 'local', length, address: '', port: 0 }
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : null
  if (isAddress === null || words.length !== 5 || !isAddress(source) || !isAddress(destination)) return BAD
  if (!isPort(sourcePort) || !isPort(destinationPort)) return BAD
  return { status: 'proxied', length, address: source, port: Number(sourcePort) }
}

/** A byte that no line has is bad at once: nobody waits for the rest of what is no header. */
function lineSoFar(bytes: Buffer): ProxyHeader {
  return isPrintable(bytes, bytes.length) ? MORE : BAD
}

function isPrintable(bytes: Buffer, end: number): boolean {
  for (let i = 0; i < end; i++) if ((bytes[i] as number) < 0x20 || (bytes[i] as number) > 0x7e) return false
  return true
}

// A zone (`fe80::1%eth0`) is of the sender's machine and no address of ours.
function isPlainIPv6(address: string): boolean {
  return isIPv6(address) && !address.includes('%')
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

const FAMILY_UNSPECIFIED = 0
const FAMILY_IPV4 = 1
const FAMILY_IPV6 = 2
const FAMILY_UNIX = 3

function readBinary(bytes: Buffer): ProxyHeader {
  if (!beginsLike(bytes, SIGNATURE)) return BAD
  if (bytes.length < 13) return MORE
  const command = bytes[12] as number
  if (command !== 0x20 && command !== 0x21) return BAD
  if (bytes.length < 14) return MORE
  const family = (bytes[13] as number) >> 4
  const transport = (bytes[13] as number) & 0x0f
  const isLocal = command === 0x20
  // HTTP comes over streams; a health check need not say over what.
  if (!isLocal && (family > FAMILY_UNIX || transport > 1 || (family === FAMILY_UNSPECIFIED) !== (transport === 0))) {
    return BAD
  }
  if (bytes.length < 16) return MORE
  const block = bytes.readUInt16BE(14)
  if (block > LONGEST_BLOCK) return BAD
  const length = 16 + block
  if (bytes.length < length) return MORE
  if (isLocal || family === FAMILY_UNSPECIFIED) return { status: 'local', length, address: '', port: 0 }
  const addresses = family === FAMILY_IPV4 ? 12 : family === FAMILY_IPV6 ? 36 : 216
  if (block < addresses || !areTlvs(bytes, 16 + addresses, length)) return BAD
  // A client on a unix socket has no address: it sits on the balancer's machine.
  if (family === FAMILY_UNIX) return { status: 'local', length, address: '', port: 0 }
  const address = family === FAMILY_IPV4 ? ipv4(bytes, 16) : ipv6(bytes, 16)
  return { status: 'proxied', length, address, port: bytes.readUInt16BE(family === FAMILY_IPV4 ? 24 : 48) }
}

/** Type, length (2), value: one behind the other, up to the end. Their values are not read. */
function areTlvs(bytes: Buffer, from: number, end: number): boolean {
  let p = from
  while (p < end) {
    if (p + 3 > end) return false
    p += 3 + bytes.readUInt16BE(p + 1)
  }
  return p === end
}

function ipv4(bytes: Buffer, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** As in RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function ipv6(bytes: Buffer, at: number): string {
  let longest = 1
  let longestAt = -1
  let run = 0
  for (let i = 0; i < 8; i++) {
    run = bytes.readUInt16BE(at + i * 2) === 0 ? run + 1 : 0
    if (run > longest) {
      longest = run
      longestAt = i - run + 1
    }
  }
  // As a dual-stack listener shows an IPv4 peer.
  if (longestAt === 0 && longest === 5 && bytes.readUInt16BE(at + 10) === 0xffff)
    return `::ffff:${ipv4(bytes, at + 12)}`
  let text = ''
  for (let i = 0; i < 8; i++) {
    if (i === longestAt) {
      text += '::'
      i += longest - 1
    } else {
      text += `${text === '' || text.endsWith(':') ? '' : ':'}${bytes.readUInt16BE(at + i * 2).toString(16)}`
    }
  }
  return text
}

function beginsLike(bytes: Buffer, expected: Buffer): boolean {
  const length = Math.min(bytes.length, expected.length)
  return bytes.compare(expected, 0, length, 0, length) === 0
}
