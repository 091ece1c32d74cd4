import { COMMA, LOWER, NAME, SP, spells, TAB } from './bytes.ts'
import { CONTENT_LENGTH, EXPECT, HOST_FIELD, knownName, OTHER, TRANSFER_ENCODING } from './field-names.ts'
import { ACCEPTED, DROPPED, MOST_CONNECTION_NAMES, type ScannedHead } from './scanned-head.ts'

/**
 * Reads one Connection line: close, keep-alive, upgrade, and names of fields to remove. Bytes only, no string. O(length).
 *
 * @returns ACCEPTED, or 400 for an element that is no token, more than 32 names, or a name that the next hop needs
 */
export function readConnection(head: ScannedHead, bytes: Uint8Array, from: number, to: number): number {
  let p = from
  while (p < to) {
    const byte = bytes[p] as number
    if (byte === COMMA || byte === SP || byte === TAB) {
      p++
      continue
    }
    const name = p
    while (p < to && isToken(bytes[p] as number)) p++
    const length = p - name
    while (p < to && (bytes[p] === SP || bytes[p] === TAB)) p++
    if (length === 0 || (p < to && bytes[p] !== COMMA)) return head.refuse(400, 'Connection is not a list of names')
    if (++head.connectionNames > MOST_CONNECTION_NAMES) return head.refuse(400, 'Connection names too many fields')
    if (length === 5 && spells(bytes, name, 'close')) head.sawClose = true
    else if (length === 10 && spells(bytes, name, 'keep-alive')) head.sawKeepAlive = true
    else if (length === 7 && spells(bytes, name, 'upgrade')) head.sawUpgrade = true
    else if (!nominate(head, bytes, name, length)) {
      return head.refuse(400, 'Connection names a field that may not be removed')
    }
  }
  return ACCEPTED
}

function nominate(head: ScannedHead, bytes: Uint8Array, name: number, length: number): boolean {
  const kind = knownName(bytes, name, length)
  // Removing one of these would leave the next hop with another idea of where the message ends or belongs.
  if (kind === HOST_FIELD || kind === CONTENT_LENGTH || kind === TRANSFER_ENCODING) return false
  const at = head.nominatedCount++ * 2
  head.nominated[at] = name
  head.nominated[at + 1] = name + length
  return true
}

function isToken(byte: number): boolean {
  const kind = NAME[byte] as number
  return kind === 1 || kind === 2
}

/** Drops the field lines that Connection named, once all lines are known. At most 32 names × 100 lines; no string. */
export function dropNominated(head: ScannedHead, bytes: Uint8Array): void {
  const { fields, kinds, nominated, start } = head
  for (let i = 0; i < head.fieldCount; i++) {
    const kind = kinds[i] as number
    const name = start + (fields[i * 4] as number)
    const length = start + (fields[i * 4 + 1] as number) - name
    for (let n = 0; n < head.nominatedCount * 2; n += 2) {
      const other = nominated[n] as number
      if ((nominated[n + 1] as number) - other !== length || !equalNames(bytes, name, other, length)) continue
      // Its meaning goes with it: a nominated forwarding field is not extended, a nominated Expect is not awaited.
      if (kind === EXPECT) head.expectContinue = false
      if (kind < DROPPED) head.droppedCount++
      kinds[i] = OTHER | DROPPED
      break
    }
  }
}

function equalNames(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (LOWER[bytes[a + i] as number] !== LOWER[bytes[b + i] as number]) return false
  return true
}
