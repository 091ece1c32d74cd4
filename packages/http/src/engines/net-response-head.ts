import type { ResponseHead, Target } from '../handler.ts'
import { isFieldName, isFieldValue } from '../wire/field-grammar.ts'
import { fieldList, withoutFields } from '../wire/forwarded-head.ts'
import { isEnginesField } from '../wire/policy-fields.ts'
import { responseHead } from '../wire/scanned-head.ts'
import { scannedField, textField } from '../wire/text-fields.ts'

/** The head that `onHead` sees and edits: field lines as text, read when they are asked for. */
export class NetResponseHead implements ResponseHead {
  readonly status: number
  readonly target: Target
  readonly canRetry: boolean
  /** The field lines, without those of framing and connection. */
  lines: string
  readonly #contentLength: number
  /** The head as scanned, while nothing was edited. */
  #text: string

  constructor(status: number, target: Target, canRetry: boolean, lines: string, contentLength: number, text: string) {
    this.status = status
    this.target = target
    this.canRetry = canRetry
    this.lines = lines
    this.#contentLength = contentLength
    this.#text = text
  }

  get raw(): readonly string[] {
    const list = fieldList(this.lines)
    if (this.#contentLength >= 0 && this.status !== 204) list.push('content-length', String(this.#contentLength))
    return list
  }

  get(name: string): string | undefined {
    if (name !== 'content-length') {
      // Until onHead returns no other response is scanned. Date may be ours.
      if (this.#text !== '' && name !== 'date') return scannedField(this.#text, responseHead, name, true)
      return textField(this.lines, 0, name)
    }
    return this.#contentLength < 0 || this.status === 204 ? undefined : String(this.#contentLength)
  }

  /**
   * Replaces every field of that name. The framing of the body is not policy's: `content-length` and hop-by-hop names
   * are ignored.
   *
   * @throws TypeError for a name or a value that cannot be sent
   */
  set(name: string, value: string): void {
    const lower = name.toLowerCase()
    if (isEnginesField(lower)) return
    if (!isFieldName(name)) throw new TypeError(`A response head takes field names, got ${JSON.stringify(name)}`)
    if (!isFieldValue(value)) throw new TypeError(`The value of '${lower}' has a character that no field value has`)
    this.#text = ''
    this.lines = `${withoutFields(this.lines, [lower], 0)}${name}: ${value}\r\n`
  }

  remove(name: string): void {
    this.#text = ''
    this.lines = withoutFields(this.lines, [name.toLowerCase()], 0)
  }
}
