import { isHopByHop } from './connection-options.ts'
import { isFieldName, isFieldValue } from './field-grammar.ts'
import { isHost } from './host.ts'
import { isConfusable } from './request-head.ts'

// What policy adds to a message is checked like what a client sends: it may be made from it.

/** Written by the engine from the framing of the message, or answered by it: never by policy. */
export function isEnginesField(name: string): boolean {
  return name === 'content-length' || name === 'expect' || isHopByHop(name)
}

/**
 * @throws TypeError for a name that is not lower case or no token, a name that frames the message or could be read as
 * one that does, or a bad value
 */
export function checkSetField(name: string, value: string): void {
  if (isEnginesField(name)) {
    throw new TypeError(`ForwardOptions.set may not set '${name}': the engine frames the message`)
  }
  if (name !== name.toLowerCase()) throw new TypeError(`ForwardOptions.set takes lower-case names, got '${name}'`)
  if (!isFieldName(name)) throw new TypeError(`ForwardOptions.set takes field names, got ${JSON.stringify(name)}`)
  if (typeof value !== 'string' || !isFieldValue(value)) {
    throw new TypeError(`ForwardOptions.set: the value of '${name}' has a character that no field value has`)
  }
  if (name === 'host' && !isHost(value)) throw new TypeError(`ForwardOptions.set: '${value}' is no host`)
  if (name.includes('_') && isConfusable(name)) {
    throw new TypeError(`ForwardOptions.set may not set '${name}': some servers read its underscores as dashes`)
  }
}

/** @throws TypeError if Host is removed and none set: an HTTP/1.1 request without it is none */
export function checkRemovedFields(names: readonly string[], set: Readonly<Record<string, string>> | undefined): void {
  if (names.includes('host') && set?.host === undefined) {
    throw new TypeError("ForwardOptions.remove may not remove 'host' unless ForwardOptions.set has another")
  }
}
