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

/** More names than this in Connection have no honest use. */
const MOST_NAMES = 32

/** True for a lower-case field name that belongs to one connection only. O(1). */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name)
}

/** Adds the lower-case names of one Connection field to `names`. False: more than 32 names. O(length). */
export function readConnectionNames(value: string, names: Set<string>): boolean {
  let start = 0
  while (start <= value.length) {
    let end = value.indexOf(',', start)
    if (end === -1) end = value.length
    const name = value.slice(start, end).trim().toLowerCase()
    if (name !== '') names.add(name)
    if (names.size > MOST_NAMES) return false
    start = end + 1
  }
  return true
}
