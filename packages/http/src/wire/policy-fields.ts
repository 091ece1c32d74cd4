import { isHopByHop } from './connection-options.ts'
import { isFieldName, isFieldValue } from './field-grammar.ts'

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
