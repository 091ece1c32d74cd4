import { show } from './validate.ts'

/** The parts of a request that can tell one client from another. Node's `IncomingMessage` and Fetch's `Request` fit. */
export interface KeyedRequest {
  readonly url?: string | undefined
  /** A record with lower-case names, or anything with `get`. */
  readonly headers?:
    | { readonly [name: string]: string | readonly string[] | undefined }
    | { get(name: string): string | null }
    | undefined
  /** The client's address. */
  readonly ip?: string | undefined
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined
}

/** What to go by: the client's address, the path without its query, a header or a cookie. */
export type KeySource = 'ip' | 'uri' | `header:${string}` | `cookie:${string}`

/**
 * Makes a function that reads the key of a request, for `pick({ key })`; undefined when the request has none.
 *
 * An IPv6 address counts by its first 64 bits, as one client changes the others; `::ffff:10.0.0.1` is 10.0.0.1. Many
 * clients behind one address are one key. Throws TypeError for an unknown source.
 */
export function requestKey(source: KeySource): (request: KeyedRequest) => string | undefined {
  if (source === 'ip') return ({ ip, socket }) => addressKey(ip ?? socket?.remoteAddress)
  if (source === 'uri') return ({ url }) => pathOf(url)
  const [kind, name] = typeof source === 'string' ? split(source) : ['', '']
  if (name !== '' && kind === 'header') return ({ headers }) => headerOf(headers, name.toLowerCase())
  if (name !== '' && kind === 'cookie') return ({ headers }) => cookieOf(headerOf(headers, 'cookie'), name)
  throw new TypeError(`The source of a key must be "ip", "uri", "header:NAME" or "cookie:NAME", got ${show(source)}`)
}

function split(source: string): [kind: string, name: string] {
  const colon = source.indexOf(':')
  return colon === -1 ? [source, ''] : [source.slice(0, colon), source.slice(colon + 1)]
}

function addressKey(address: string | undefined): string | undefined {
  if (address === undefined || address === '') return undefined
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]
  return address.includes(':') ? networkOf(address.toLowerCase()) : address
}

/** The first four groups of an IPv6 address, written out. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(8 - before.length - after.length, 0)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

function pathOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.test(url) ? url.replace(/^[^:]+:\/\/[^/?#]*/, '') : url
  const end = path.search(/[?#]/)
  return (end === -1 ? path : path.slice(0, end)) || '/'
}

function headerOf(headers: KeyedRequest['headers'], name: string): string | undefined {
  if (headers === undefined) return undefined
  if (isGetter(headers)) return headers.get(name) ?? undefined
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  return typeof value === 'string' || value === undefined ? value : value.join(', ')
}

function isGetter(headers: object): headers is { get(name: string): string | null } {
  return 'get' in headers && typeof headers.get === 'function'
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}
