import { NAME, TARGET, VALUE } from './bytes.ts'
import { isHopByHop } from './connection-options.ts'

// What policy adds to a message is checked like what a client sends: it may be made from it.

/** Written by the engine from the framing of the message, or answered by it: never by policy. */
export function isEnginesField(name: string): boolean {
  return name === 'content-length' || name === 'expect' || isHopByHop(name)
}

/** @throws TypeError for a name that is not lower case or no token, a name that frames the message, or a bad value */
export function checkSetField(name: string, value: string): void {
  if (isEnginesField(name)) {
    throw new TypeError(`ForwardOptions.set may not set '${name}': the engine frames the message`)
  }
  if (name !== name.toLowerCase()) throw new TypeError(`ForwardOptions.set takes lower-case names, got '${name}'`)
  if (!isFieldName(name)) throw new TypeError(`ForwardOptions.set takes field names, got ${JSON.stringify(name)}`)
  if (typeof value !== 'string' || !isFieldValue(value)) {
    throw new TypeError(`ForwardOptions.set: the value of '${name}' has a character that no field value has`)
  }
}

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
