import { OTHER } from './field-names.ts'
import { scanFields, TRAILERS } from './field-scan.ts'
import { ACCEPTED, DEFAULT_RULES, DROPPED, ScannedHead } from './scanned-head.ts'

// A trailer arrives when routing and access were decided by the head: these would be decided anew by who merges it.
const FORBIDDEN: ReadonlySet<string> = new Set([
  'authorization',
  'www-authenticate',
  'cookie',
  'set-cookie',
  'content-encoding',
  'content-range',
  'content-type',
])

const trailerHead = new ScannedHead()

/**
 * Checks a trailer section, its empty line included, by the grammar of a head. Names of framing, routing, forwarding,
 * access and connection are refused. O(bytes); trailers are rare, so it makes strings.
 */
export function areTrailers(section: Buffer, maxFields: number): boolean {
  const head = trailerHead
  head.begin(0)
  const rules = { ...DEFAULT_RULES, maxFields }
  if (scanFields(head, section, 0, section.length, rules, TRAILERS) !== ACCEPTED) return false
  const text = section.toString('latin1')
  for (let i = 0; i < head.fieldCount; i++) {
    const kind = head.kinds[i] as number
    const name = text.slice(head.fields[i * 4], head.fields[i * 4 + 1])
    if (FORBIDDEN.has(name.toLowerCase().replaceAll('_', '-'))) return false
    if (kind < DROPPED && kind !== OTHER) return false
  }
  return true
}
