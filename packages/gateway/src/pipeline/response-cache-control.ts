/** Directives of one Cache-Control field: names in lower case, the argument or the empty string. */
export type CacheControl = ReadonlyMap<string, string>

const NONE: CacheControl = new Map()
const DIRECTIVE = /([^\s,="]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g
const DELTA_SECONDS = /^\d+$/
// RFC 9111, 1.2.2: what is larger counts as this.
const LARGEST_DELTA = 2 ** 31

/**
 * Reads a Cache-Control field (RFC 9111, 5.2). Quoted arguments are one argument, whatever commas they hold. Of a
 * directive that comes twice the smaller lifetime is kept, else the first.
 */
export function parseCacheControl(field: string | undefined): CacheControl {
  if (field === undefined) return NONE
  const directives = new Map<string, string>()
  for (const [, name = '', quoted, token = ''] of field.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase()
    const argument = quoted ?? token
    const before = directives.get(key)
    if (before === undefined || deltaSeconds(argument) < deltaSeconds(before)) directives.set(key, argument)
  }
  return directives
}

/** Seconds of a directive, undefined if it is absent. An argument that is no number of seconds counts as 0: stale. */
export function secondsOf(control: CacheControl, name: string): number | undefined {
  const argument = control.get(name)
  return argument === undefined ? undefined : deltaSeconds(argument)
}

/**
 * The field again, in the one spelling that http-cache-semantics 4.3 understands: it compares names case-sensitively,
 * splits inside quotes and takes `max-age=` for absent. `proxy-revalidate` forbids stale answers, which are never
 * given here; that library would take it for "never fresh".
 */
export function canonicalCacheControl(control: CacheControl): string | undefined {
  const directives: string[] = []
  for (const [name, argument] of control) {
    if (name === 'proxy-revalidate') continue
    if (name === 'max-age' || name === 's-maxage') directives.push(`${name}=${deltaSeconds(argument)}`)
    else directives.push(name)
  }
  return directives.length === 0 ? undefined : directives.join(', ')
}

/** A number of seconds (RFC 9111, 1.2.2); 0 for anything else. */
export function deltaSeconds(argument: string): number {
  return DELTA_SECONDS.test(argument) ? Math.min(Number(argument), LARGEST_DELTA) : 0
}
