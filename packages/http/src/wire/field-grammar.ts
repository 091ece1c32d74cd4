import { NAME, TARGET, VALUE } from './bytes.ts'

// The grammar for text that did not come as bytes: what policy adds, and what the parser of Node shows.

/** One or more tchar. O(length). */
export function isFieldName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const kind = NAME[name.charCodeAt(i)]
    if (kind !== 1 && kind !== 2) return false
  }
  return name !== ''
}

/** Characters of a field value, none above 0xFF. O(length). */
export function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (VALUE[value.charCodeAt(i)] !== 1) return false
  return true
}

/** `/` and visible ASCII without `#`; or `*`. O(length). */
export function isTarget(target: string): boolean {
  if (target === '*') return true
  if (target.charCodeAt(0) !== 0x2f) return false
  for (let i = 1; i < target.length; i++) if (!TARGET[target.charCodeAt(i)]) return false
  return true
}
