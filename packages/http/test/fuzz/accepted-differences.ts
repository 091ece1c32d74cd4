import { latin1, type Reading, readChunked, readRequest } from '../wire/reading.ts'
import type { Outcome } from './lane.ts'

// Where engine net and engine node may differ, and why. A difference that is not on this list is a finding. None of them
// passes on what the other reads differently: they are about whether a message is served at all.

interface Difference {
  readonly name: string
  readonly reason: string
  readonly applies: (first: Reading, rest: string, net: Outcome, node: Outcome, message: string) => boolean
}

/** What counts: the requests that arrived upstream, and how many were answered. */
export function describeOutcome({ statuses, requests }: Outcome): string {
  return `passes on [${requests.join(' | ')}], answers ${statuses.filter((status) => status === 200).length}`
}

/** Methods that the parser of Node knows. */
const NODE_METHOD =
  /^(?:ACL|BIND|CHECKOUT|CONNECT|COPY|DELETE|GET|HEAD|LINK|LOCK|M-SEARCH|MERGE|MKACTIVITY|MKCALENDAR|MKCOL|MOVE|NOTIFY|OPTIONS|PATCH|POST|PROPFIND|PROPPATCH|PURGE|PUT|QUERY|REBIND|REPORT|SEARCH|SOURCE|SUBSCRIBE|TRACE|UNBIND|UNLINK|UNLOCK|UNSUBSCRIBE)$/

/** Reasons of net for refusing what the parser of Node repairs. */
const REPAIRED: ReadonlySet<string> = new Set([
  'The method is malformed',
  'The request target must be in origin-form',
  'The HTTP version is malformed',
])

export const acceptedDifferences: readonly Difference[] = [
  {
    name: 'repaired by the parser of Node',
    reason:
      'blank lines before the request line, several blanks in it and similar are gone before engine node sees the request; net refuses them, and nothing is passed on by it',
    applies: (first, rest, net, node) =>
      isPrefix(net.requests, node.requests) &&
      (first.verdict >= 400 ? REPAIRED.has(first.reason) && net.requests.length === 0 : isRefusedLater(rest)),
  },
  {
    name: 'garbage behind a request',
    reason:
      'Node parses all bytes of a read before the first request is served, and drops it if what follows is no request; net answers it and refuses what follows',
    applies: (first, rest, net, node) =>
      first.verdict === 0 && isPrefix(node.requests, net.requests) && rest !== '' && isRefusedLater(rest),
  },
  {
    name: 'bytes behind Connection: close',
    reason: 'Node refuses a request that asks for close if bytes follow it in the same read; net answers it and closes',
    applies: (first, rest, net, node) =>
      first.verdict === 0 && !first.keepAlive && rest !== '' && isPrefix(node.requests, net.requests),
  },
  {
    name: 'keep-alive beside close',
    reason: 'of both in HTTP/1.0, Node follows keep-alive if it comes last; for net, close wins',
    applies: (first, _rest, net, node, message) =>
      !first.keepAlive &&
      /HTTP\/1\.0/.test(message) &&
      /keep-alive/i.test(message) &&
      isPrefix(net.requests, node.requests),
  },
  {
    name: 'chunk extensions',
    reason: 'Node refuses extensions that are no names and values; net drops every extension unread',
    applies: (first, _rest, net, node, message) =>
      first.chunked && message.slice(first.length).includes(';') && isPrefix(node.requests, net.requests),
  },
  {
    name: 'TAB behind chunked',
    reason:
      'RFC 9110, 5.5 has TAB for a blank around a value; Node takes one behind a transfer coding for part of its name',
    applies: (_first, _rest, net, node, message) =>
      /transfer-encoding:[ \t]*chunked *\t/i.test(message) && isPrefix(node.requests, net.requests),
  },
  {
    name: 'OPTIONS *',
    reason: 'undici cannot send that target: engine node answers 501',
    applies: (_first, _rest, _net, node, message) => node.statuses.includes(501) && message.includes('OPTIONS * '),
  },
  {
    name: 'unknown method',
    reason: 'Node refuses methods that are not on its list; net passes on every method of the grammar',
    applies: (_first, _rest, net, node) =>
      isPrefix(node.requests, net.requests) &&
      net.requests.some((request) => !NODE_METHOD.test(request.split(' ')[0] ?? '')),
  },
]

/** Name of the entry that explains a difference, or the empty string. */
export function acceptedDifference(message: string, net: Outcome, node: Outcome): string {
  const first = readRequest(latin1(message))
  const rest = first.verdict === 0 ? behind(message, first) : ''
  return acceptedDifferences.find(({ applies }) => applies(first, rest, net, node, message))?.name ?? ''
}

function isPrefix(shorter: readonly string[], longer: readonly string[]): boolean {
  return shorter.every((request, index) => request === longer[index])
}

/** What is left of a message behind its first request. */
function behind(message: string, head: Reading): string {
  const rest = message.slice(head.length)
  if (!head.chunked) return rest.slice(Math.max(head.contentLength, 0))
  const body = readChunked(latin1(rest))
  return body.outcome === 'end' ? rest.slice(body.length) : ''
}

function isRefusedLater(rest: string): boolean {
  const head = readRequest(latin1(`${rest}\0`))
  if (head.verdict !== 0) return true
  const after = behind(rest, head)
  return after !== '' && isRefusedLater(after)
}
