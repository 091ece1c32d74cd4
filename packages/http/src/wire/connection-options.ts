import { isFieldName } from './field-grammar.ts'
import { MOST_CONNECTION_NAMES } from './scanned-head.ts'

// RFC 9110, 7.6.1: fields that concern one connection and not the message. They, and what Connection names, are removed
// in both directions before anything of ours is added: a client must not strip our fields by naming them.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** True for a lower-case field name that belongs to one connection only. O(1). */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name)
}

/**
 * Adds the lower-case names of one Connection field to `names`. False: more than 32 names, or an element that is none.
 * O(length).
 */
export function readConnectionNames(value: string, names: Set<string>): boolean {
  let count = 0
  let isList = true
  for (const element of value.split(',')) {
    const name = element.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase()
    if (name === '') continue
    if (!isFieldName(name)) isList = false
    else if (++count > MOST_CONNECTION_NAMES) return false
    else names.add(name)
  }
  return isList && names.size <= MOST_CONNECTION_NAMES
}
