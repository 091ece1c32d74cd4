import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { RequestMessage } from './message.ts'

// Fields that spoke of the bytes on the wire and not of those that are sent on: a parser has unpacked them.
const OF_THE_WIRE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'content-encoding'])

/** A request whose body some middleware has read: what it left, as bytes. */
export class ParsedRequest extends Readable implements RequestMessage {
  readonly rawHeaders: readonly string[]
  readonly complete = true
  #bytes: Uint8Array | null

  constructor(request: IncomingMessage, bytes: Uint8Array) {
    super()
    const fields: string[] = []
    const { rawHeaders } = request
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] ?? ''
      if (!OF_THE_WIRE.has(name.toLowerCase())) fields.push(name, rawHeaders[i + 1] ?? '')
    }
    this.rawHeaders = [...fields, 'content-length', String(bytes.byteLength)]
    this.#bytes = bytes
  }

  override _read(): void {
    if (this.#bytes !== null && this.#bytes.byteLength > 0) this.push(this.#bytes)
    this.#bytes = null
    this.push(null)
  }
}

/**
 * The body that a middleware has parsed, as bytes again: as it is if it was kept as bytes or text, written anew if it is
 * JSON or a form. undefined: nothing was read. null: it was read, and what is left cannot be sent.
 */
export function parsedBody(request: IncomingMessage & { readonly body?: unknown }): Uint8Array | null | undefined {
  if (!request.readableDidRead && !request.readableEnded) return undefined
  const { body } = request
  const { 'content-length': length, 'transfer-encoding': coding, 'content-type': type = '' } = request.headers
  if (coding === undefined && (length === undefined || length === '0')) return undefined
  if (body instanceof Uint8Array) return body
  if (typeof body === 'string') return Buffer.from(body)
  const [mediaType = ''] = type.split(';')
  if (typeof body !== 'object' || body === null) return null
  if (/^application\/(?:[^;]+\+)?json$/i.test(mediaType.trim())) return Buffer.from(JSON.stringify(body))
  if (mediaType.trim().toLowerCase() === 'application/x-www-form-urlencoded') return formBytes(body)
  return null
}

/** null for nested values: parsers write them in different ways. */
function formBytes(body: object): Uint8Array | null {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(body)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each !== 'string') return null
      form.append(name, each)
    }
  }
  return Buffer.from(form.toString())
}
