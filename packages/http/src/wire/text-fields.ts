import { DROPPED, type ScannedHead } from './scanned-head.ts'

// Look-ups in a head that is kept as one latin1 string: policy asks for a field or two, so no index is built.

/**
 * Value of the field `name` (lower case) in the scanned field lines of `text` from `start`, repeated ones joined by
 * `, `; undefined without it. O(lines + length of the name); a line whose colon is elsewhere costs one look.
 */
export function textField(text: string, start: number, name: string): string | undefined {
  const { length } = name
  let value: string | undefined
  for (let line = start; line < text.length; ) {
    const end = text.indexOf('\r\n', line)
    if (end === line || end === -1) break
    if (text.charCodeAt(line + length) === 0x3a && spellsName(text, line, name)) {
      const here = trimmed(text, line + length + 1, end)
      value = value === undefined ? here : `${value}, ${here}`
    }
    line = end + 2
  }
  return value
}

/**
 * As `textField`, from the table of the head that was scanned last: no byte of a line with a name of another length is
 * looked at. O(lines + length of the name).
 *
 * @param text         latin1 string of the bytes from `head.start`
 * @param onlyPassedOn lines that are removed do not count
 */
export function scannedField(text: string, head: ScannedHead, name: string, onlyPassedOn = false): string | undefined {
  const { fields, kinds, fieldCount } = head
  const { length } = name
  let value: string | undefined
  for (let i = 0; i < fieldCount * 4; i += 4) {
    const start = fields[i] as number
    if ((fields[i + 1] as number) - start !== length || !spellsName(text, start, name)) continue
    if (onlyPassedOn && (kinds[i >> 2] as number) >= DROPPED) continue
    const here = text.slice(fields[i + 2], fields[i + 3])
    value = value === undefined ? here : `${value}, ${here}`
  }
  return value
}

/** True if exactly one line of the scanned head has that name, it is passed on, and has that value. O(lines). */
export function isPassedOn(text: string, head: ScannedHead, name: string, value: string): boolean {
  const { fields, kinds, fieldCount } = head
  let found = false
  for (let i = 0; i < fieldCount; i++) {
    const start = fields[i * 4] as number
    if ((fields[i * 4 + 1] as number) - start !== name.length || !spellsName(text, start, name)) continue
    if (found || (kinds[i] as number) >= DROPPED) return false
    found = true
    const from = fields[i * 4 + 2] as number
    if ((fields[i * 4 + 3] as number) - from !== value.length || !text.startsWith(value, from)) return false
  }
  return found
}

/** True if the characters of `text` at `at` are `name`, which is in lower case. O(length of the name). */
export function spellsName(text: string, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = text.charCodeAt(at + i)
    if ((code >= 0x41 && code <= 0x5a ? code | 0x20 : code) !== name.charCodeAt(i)) return false
  }
  return true
}

// Not trim(): that takes 0xA0 for a blank, which is a byte of a value here.
function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
