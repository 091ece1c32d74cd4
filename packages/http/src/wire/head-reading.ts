import { LF } from './bytes.ts'
import type { HeadRules, ScannedHead } from './scanned-head.ts'
import { INCOMPLETE } from './scanned-head.ts'

/** Scans the head in `bytes[head.start, stop)`; `bytes[stop - 1]` or `bytes[stop]` stops every loop over bytes. */
export type FencedScan = (head: ScannedHead, bytes: Buffer, stop: number, rules: HeadRules) => number

// A scan tests no byte for being the last one received: it needs a byte that ends every loop. A line feed does, so where
// the received bytes end with one they are scanned as they lie. Behind others a NUL is put for the time of the scan, if
// the buffer goes on: that of upstream reads does, and its answers end with a body.
//
//      HTTP/1.1 200 OK CRLF Content-Length: 9 CRLF CRLF {"a":"b"} NUL
//
// Where the buffer ends, a line feed behind the head does, too, and is looked for from the end. Only a head that goes on
// behind the last one is copied before a NUL: the rare case, which `isWorthScanning` keeps from being repeated for every
// byte of a slow head.
let copy = Buffer.alloc(0)

/**
 * Runs a scan over the bytes received of a head, `bytes[start, stop)`. O(bytes).
 *
 * @returns what the scan returned: ACCEPTED, INCOMPLETE (also for no bytes at all) or a status
 */
export function scanReceived(
  scan: FencedScan,
  head: ScannedHead,
  bytes: Buffer,
  start: number,
  stop: number,
  rules: HeadRules,
): number {
  if (stop <= start) return INCOMPLETE
  if (bytes[stop - 1] === LF) return scan(head, bytes, stop, rules)
  if (stop < bytes.length) {
    const behind = bytes[stop] as number
    bytes[stop] = 0
    const verdict = scan(head, bytes, stop, rules)
    bytes[stop] = behind
    return verdict
  }
  const fence = bytes.lastIndexOf(LF, stop - 1) + 1
  if (fence > start) {
    const verdict = scan(head, bytes, fence, rules)
    if (verdict !== INCOMPLETE) return verdict
  }
  const length = stop - start
  if (copy.length < length + 1) copy = Buffer.allocUnsafeSlow(Math.max(length + 1, 16_384 + 1))
  bytes.copy(copy, 0, start, stop)
  copy[length] = 0
  // No line feed lies behind the fence, so this never accepts: offsets into the copy stay in here.
  head.start = 0
  const verdict = scan(head, copy, length, rules)
  head.start = start
  return verdict
}
