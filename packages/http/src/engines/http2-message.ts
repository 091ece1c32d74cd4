import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { RequestMessage, ResponseMessage } from './message.ts'

/** Fields of a connection have no place in a message of HTTP/2 (RFC 9113, 8.2.2): its frames say what they say. */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** A request of HTTP/2 in the terms of HTTP/1.1. */
export interface TranslatedHead {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly expectsContinue: boolean
}

/** The grammar of HTTP/1.1 here: a method goes into the request line of the upstream. */
const METHOD = /^[A-Z][A-Z0-9-]{0,23}$/

/** Status to refuse a method with, 0 if it can be passed on. The parsers of HTTP/1.1 have answered this before us. */
export function methodRefusal(method: string): 0 | 400 | 405 {
  if (method === 'CONNECT') return 405
  return METHOD.test(method) ? 0 : 400
}

/**
 * Puts the pseudo fields where HTTP/1.1 has them and the pieces of Cookie together again (8.2.3). `:authority` becomes
 * Host; a Host beside it that says something else stays, and is refused as a second one.
 */
export function translateHead(
  headers: IncomingHttpHeaders & { readonly ':path'?: string | undefined },
  received: readonly string[],
  endStream: boolean,
): TranslatedHead {
  const method = String(headers[':method'] ?? '')
  const authority = headers[':authority']
  const rawHeaders: string[] = []
  if (typeof authority === 'string') rawHeaders.push('host', authority)
  let cookie = ''
  let hasLength = false
  for (let i = 0; i < received.length; i += 2) {
    const name = received[i] ?? ''
    const value = received[i + 1] ?? ''
    if (name.startsWith(':') || (name === 'host' && value === authority)) continue
    if (name === 'cookie') {
      cookie = cookie === '' ? value : `${cookie}; ${value}`
      continue
    }
    if (name === 'content-length') hasLength = true
    rawHeaders.push(name, value)
  }
  if (cookie !== '') rawHeaders.push('cookie', cookie)
  if (!endStream && !hasLength) rawHeaders.push('transfer-encoding', 'chunked')
  const expectsContinue = headers.expect?.toLowerCase() === '100-continue'
  return { method, target: headers[':path'] ?? '', rawHeaders, expectsContinue }
}

/** The receiving half of a stream. */
export class Http2Request implements RequestMessage {
  readonly rawHeaders: readonly string[]
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream, rawHeaders: readonly string[]) {
    this.#stream = stream
    this.rawHeaders = rawHeaders
  }

  get complete(): boolean {
    return this.#stream.readableEnded
  }

  get readableEnded(): boolean {
    return this.#stream.readableEnded
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  on(event: string, listener: (...values: never[]) => void): void {
    this.#stream.on(event, listener as () => void)
  }

  once(event: string, listener: () => void): void {
    this.#stream.once(event, listener)
  }

  off(event: string, listener: (...values: never[]) => void): void {
    this.#stream.off(event, listener as () => void)
  }
}

/** The sending half of a stream, with the manners of a response of node:http: the head waits for what follows it. */
export class Http2Response implements ResponseMessage {
  headersSent = false
  readonly #stream: ServerHttp2Stream
  #head: OutgoingHttpHeaders | null = null
  #isEnded = false

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  get writableEnded(): boolean {
    return this.#isEnded
  }

  writeHead(status: number, fields: string[]): void {
    this.headersSent = true
    const head: Record<string, string | string[] | number> = Object.create(null) as Record<string, never>
    head[':status'] = status
    for (let i = 0; i < fields.length; i += 2) {
      const name = (fields[i] ?? '').toLowerCase()
      const value = fields[i + 1] ?? ''
      if (OF_A_CONNECTION.has(name)) continue
      const before = head[name]
      if (before === undefined) head[name] = value
      else if (name === 'content-length') continue
      else if (Array.isArray(before)) before.push(value)
      else head[name] = [String(before), value]
    }
    this.#head = joined(head)
  }

  flushHeaders(): void {
    this.#respond(false)
  }

  write(chunk: string | Uint8Array, sent?: () => void): boolean {
    this.#respond(false)
    if (this.#stream.destroyed || this.#stream.writableEnded) return false
    return this.#stream.write(chunk, () => sent?.())
  }

  end(chunk?: string | Uint8Array): void {
    const isEmpty = chunk === undefined || chunk.length === 0
    this.#isEnded = true
    this.#respond(isEmpty)
    if (this.#stream.destroyed || this.#stream.writableEnded) return
    if (isEmpty) this.#stream.end()
    else this.#stream.end(chunk)
  }

  destroy(): void {
    // close() would end the stream before it resets it, and what was sent would look complete.
    this.#stream.destroy(new Error('The response is incomplete'))
  }

  writeContinue(): void {
    if (!this.#stream.destroyed && !this.#stream.headersSent) this.#stream.additionalHeaders({ ':status': 100 })
  }

  setTimeout(ms: number, callback: () => void): void {
    this.#stream.setTimeout(ms, callback)
  }

  on(event: string, listener: (...values: never[]) => void): void {
    this.#stream.on(event, listener as () => void)
  }

  /** 'finish' comes only for an end of ours: Node also ends a stream that the client has reset. */
  once(event: 'finish' | 'close', listener: () => void): void {
    this.#stream.once(event, () => {
      if (event !== 'finish' || this.#isEnded) listener()
    })
  }

  #respond(endStream: boolean): void {
    const head = this.#head
    this.#head = null
    if (head === null || this.#stream.destroyed || this.#stream.closed) return
    this.#stream.respond(head, { endStream })
  }
}

/** Node refuses a list of values for fields that HTTP knows once; those of an upstream may come twice all the same. */
function joined(head: Record<string, string | string[] | number>): OutgoingHttpHeaders {
  for (const name of Object.keys(head)) {
    const value = head[name]
    if (Array.isArray(value) && name !== 'set-cookie') head[name] = value.join(', ')
  }
  return head
}
