import type { ScannedHead } from '../wire/scanned-head.ts'
import { spellsName } from '../wire/text-fields.ts'

let line = ''
let second = -1

/** `date: Sat, 21 Nov 2026 12:00:00 GMT` and its CRLF, made once per second. */
export function dateLine(): string {
  const now = Date.now()
  const current = Math.floor(now / 1_000)
  if (current !== second) {
    second = current
    line = `date: ${new Date(now).toUTCString()}\r\n`
  }
  return line
}

/** True if a scanned head has a Date field. O(field lines). */
export function hasDate(text: string, { fields, fieldCount }: ScannedHead): boolean {
  for (let i = 0; i < fieldCount * 4; i += 4) {
    const name = fields[i] as number
    if ((fields[i + 1] as number) - name === 4 && spellsName(text, name, 'date')) return true
  }
  return false
}
