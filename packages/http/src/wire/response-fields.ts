import type { ResponseHead, ResponseHeaders, Target } from '../handler.ts'
import { isHopByHop, readConnectionNames } from './connection-options.ts'
import { isConfusable } from './request-head.ts'

/**
 * Why a parsed response may not be passed on, or the empty string. The parser takes transfer codings that we would have
 * to decode, and any three digits as a status. O(fields).
 */
export function responseRefusal(status: number, raw: readonly (Buffer | string)[], maxFields: number): string {
  if (status > 599) return `The status ${status} does not exist`
  if (raw.length > maxFields * 2) return `More than ${maxFields} response fields`
  let codings = 0
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]?.includes('_') === true && isConfusable(latin1(raw[i]).toLowerCase())) {
      return 'A field of the connection is spelt with underscores'
    }
    // 17 bytes: the name is compared for few fields only.
    if (raw[i]?.length !== 17 || latin1(raw[i]).toLowerCase() !== 'transfer-encoding') continue
    if (++codings > 1 || latin1(raw[i + 1]).toLowerCase() !== 'chunked') return 'A transfer coding other than chunked'
  }
  return ''
}

/** Fields of an upstream response without those of its connection, `[name, value, …]`. O(fields). */
export function forwardedResponseFields(status: number, raw: readonly (Buffer | string)[]): string[] {
  const fields: string[] = []
  let names: Set<string> | null = null
  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i])
    const lower = name.toLowerCase()
    const value = latin1(raw[i + 1])
    if (lower === 'connection') {
      names ??= new Set()
      readConnectionNames(value, names)
    } else if (!isHopByHop(lower) && !(status === 204 && lower === 'content-length')) {
      fields.push(name, value)
    }
  }
  if (names !== null) {
    // What frames the body stays, whoever names it.
    names.delete('content-length')
    for (const name of names) removeField(fields, name)
  }
  return fields
}

/** Fields of a local answer as a flat list; a list of values becomes one field each. */
export function localResponseFields(headers: ResponseHeaders): string[] {
  const fields: string[] = []
  for (const name of Object.keys(headers)) {
    const lower = name.toLowerCase()
    // Framing is written from the body that follows.
    if (lower === 'content-length' || isHopByHop(lower)) continue
    const value = headers[name]
    if (typeof value === 'object') for (const element of value) fields.push(name, element)
    else if (value !== undefined) fields.push(name, String(value))
  }
  return fields
}

/** Puts `[name, value, …]` over the fields of a response: replaces what is there, appends `set-cookie`. */
export function overlayFields(fields: string[], overlay: readonly string[]): void {
  for (let i = 0; i < overlay.length; i += 2) {
    const name = overlay[i] ?? ''
    const value = overlay[i + 1] ?? ''
    if (name !== 'set-cookie') removeField(fields, name)
    fields.push(name, value)
  }
}

function removeField(fields: string[], name: string): void {
  let kept = 0
  for (let i = 0; i < fields.length; i += 2) {
    const field = fields[i] ?? ''
    if (field.toLowerCase() === name) continue
    fields[kept++] = field
    fields[kept++] = fields[i + 1] ?? ''
  }
  fields.length = kept
}

/** The head that `onHead` sees and edits. */
export class UpstreamResponseHead implements ResponseHead {
  readonly status: number
  readonly target: Target
  readonly canRetry: boolean
  readonly fields: string[]

  constructor(status: number, target: Target, canRetry: boolean, fields: string[]) {
    this.status = status
    this.target = target
    this.canRetry = canRetry
    this.fields = fields
  }

  get raw(): readonly string[] {
    return this.fields.slice()
  }

  get(name: string): string | undefined {
    let value: string | undefined
    for (let i = 0; i < this.fields.length; i += 2) {
      if (this.fields[i]?.toLowerCase() !== name) continue
      const next = this.fields[i + 1] ?? ''
      value = value === undefined ? next : `${value}, ${next}`
    }
    return value
  }

  /** Replaces every field of that name. The framing of the body is not policy's: `content-length` and hop-by-hop names are ignored. */
  set(name: string, value: string): void {
    const lower = name.toLowerCase()
    if (lower === 'content-length' || isHopByHop(lower)) return
    removeField(this.fields, lower)
    this.fields.push(name, value)
  }

  remove(name: string): void {
    const lower = name.toLowerCase()
    if (lower !== 'content-length') removeField(this.fields, lower)
  }
}

function latin1(value: Buffer | string | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : value.toString('latin1')
}
