import { STATUS_CODES } from 'node:http'
import { LOWER } from './bytes.ts'
import { isTarget } from './field-grammar.ts'
import { checkRemovedFields, checkSetField } from './policy-fields.ts'
import { DROPPED, type ScannedHead } from './scanned-head.ts'

// The head that goes on is the received one minus the dropped lines, behind a first line of our own and before what is
// ours: framing, forwarding fields, Connection. It is a latin1 string: slices are offsets, `+` is a rope, and one
// socket.write flattens it once.

/** What policy changes in a forwarded request: the `path`, `set` and `remove` of `ForwardOptions`. */
export interface RequestChanges {
  readonly path?: string | undefined
  readonly set?: Readonly<Record<string, string>> | undefined
  readonly remove?: readonly string[] | undefined
}

/**
 * Request line and the field lines that may go on, without the empty line and without any framing: what remains of a
 * request once it was scanned, and all that forwarding needs. Always HTTP/1.1.
 *
 * @param text latin1 string of the bytes from `head.start`, at least up to `head.end`
 */
export function keptRequestHead(text: string, head: ScannedHead): string {
  if (head.minor === 1) return keptLines(text, head, 0)
  return `${text.slice(0, head.targetEnd)} HTTP/1.1\r\n${keptLines(text, head, head.fieldsStart)}`
}

/** The field lines of a response that may go on, without any framing. */
export function keptResponseFields(text: string, head: ScannedHead): string {
  return keptLines(text, head, head.fieldsStart)
}

function keptLines(text: string, head: ScannedHead, begin: number): string {
  const { fields, kinds, fieldCount, fieldsEnd } = head
  if (head.droppedCount === 0) return text.slice(begin, fieldsEnd)
  let kept = ''
  let from = begin
  for (let i = 0; i < fieldCount; i++) {
    if ((kinds[i] as number) < DROPPED) continue
    const line = fields[i * 4] as number
    if (line > from) kept += text.slice(from, line)
    from = i + 1 < fieldCount ? (fields[i * 4 + 4] as number) : fieldsEnd
  }
  return from < fieldsEnd ? kept + text.slice(from, fieldsEnd) : kept
}

/**
 * The request head as it goes upstream, with its empty line.
 *
 * @param kept       result of `keptRequestHead`
 * @param framing    result of `framingLine`: the only framing that goes on
 * @param forwarding lines of `ForwardingFields`; policy may replace or remove them
 * @param changes    of policy; they have the last word except over framing
 * @throws TypeError for a path, a name or a value that cannot be sent
 */
export function forwardedRequestHead(
  kept: string,
  framing: string,
  forwarding: string,
  changes: RequestChanges | null,
): string {
  if (changes === null) return `${kept}${framing}${forwarding}\r\n`
  const { path, set, remove } = changes
  let head = kept
  let ours = forwarding
  let lines = ''
  if (path !== undefined) head = withTarget(head, path)
  if (remove !== undefined && remove.length > 0) {
    checkRemovedFields(remove, set)
    head = withoutFields(head, remove, 1)
    ours = withoutFields(ours, remove, 0)
  }
  if (set !== undefined) {
    const names = Object.keys(set)
    if (names.length > 0) {
      for (const name of names) {
        const value = set[name] ?? ''
        checkSetField(name, value)
        lines += `${name}: ${value}\r\n`
      }
      head = withoutFields(head, names, 1)
      ours = withoutFields(ours, names, 0)
    }
  }
  return `${head}${framing}${ours}${lines}\r\n`
}

/** The framing of a message: chunked, a length, or (-1) none. */
export function framingLine(chunked: boolean, contentLength: number): string {
  if (chunked) return 'transfer-encoding: chunked\r\n'
  return contentLength < 0 ? '' : `content-length: ${contentLength}\r\n`
}

function withTarget(head: string, target: string): string {
  if (!isTarget(target) || (target === '*' && !head.startsWith('OPTIONS '))) {
    throw new TypeError(
      `ForwardOptions.path must start with '/' and have visible ASCII characters only, got '${target}'`,
    )
  }
  const blank = head.indexOf(' ')
  return `${head.slice(0, blank + 1)}${target}${head.slice(head.indexOf(' ', blank + 1))}`
}

/**
 * `text` without the lines of these `names`, in any case; the first `skip` lines are not looked at. The text was scanned:
 * every line has a colon and a CRLF. O(lines × names); nothing is copied if no line has such a name.
 */
export function withoutFields(text: string, names: readonly string[], skip: number): string {
  let kept = ''
  let from = 0
  let line = 0
  for (let n = skip; line < text.length; n--) {
    const end = text.indexOf('\r\n', line) + 2
    if (n <= 0 && hasName(text, line, names)) {
      kept += text.slice(from, line)
      from = end
    }
    line = end
  }
  return from === 0 ? text : kept + text.slice(from)
}

function hasName(text: string, line: number, names: readonly string[]): boolean {
  for (const name of names) if (text.charCodeAt(line + name.length) === 0x3a && nameAt(text, line, name)) return true
  return false
}

function nameAt(text: string, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (LOWER[text.charCodeAt(at + i)] !== LOWER[name.charCodeAt(i)]) return false
  }
  return true
}

const statusLines: readonly string[] = Array.from(
  { length: 500 },
  (_, index) => `HTTP/1.1 ${100 + index} ${STATUS_CODES[100 + index] ?? 'Unknown'}\r\n`,
)

/**
 * `HTTP/1.1 200 OK` and its CRLF: our own line, whatever version and reason the upstream wrote.
 *
 * @throws RangeError if the status is not 100-599: a head without its first line must not go out
 */
export function statusLine(status: number): string {
  const line = statusLines[status - 100]
  if (line === undefined) throw new RangeError(`A status is an integer from 100 to 599, got ${status}`)
  return line
}

/** Scanned field lines as `[name, value, …]`, values without outer blanks. O(length). */
export function fieldList(text: string): string[] {
  const list: string[] = []
  for (let line = 0; line < text.length; ) {
    const colon = text.indexOf(':', line)
    const end = text.indexOf('\r\n', colon)
    list.push(text.slice(line, colon), withoutOuterBlanks(text, colon + 1, end))
    line = end + 2
  }
  return list
}

// Not trim(): that takes 0xA0 for a blank, which is a byte of a value here.
function withoutOuterBlanks(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
