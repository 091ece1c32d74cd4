import { statusLine } from './forwarded-head.ts'
import { DROPPED, type ScannedHead } from './scanned-head.ts'

/**
 * True if a response head is, as it was received, what goes on: our status line, its own Content-Length and nothing else
 * that framing or the connection would remove. Then the received text can be sent as it is, without a copy.
 * O(field lines).
 */
export function goesOnAsReceived(text: string, head: ScannedHead): boolean {
  const { minor, status, droppedCount, contentLength, fields, kinds } = head
  // The one line that is removed is the Content-Length; after 204 it stays removed.
  if (minor !== 1 || droppedCount !== 1 || contentLength < 0 || status === 204) return false
  let line = head.fieldCount - 1
  while ((kinds[line] as number) < DROPPED) line--
  const from = fields[line * 4 + 2] as number
  // `007` is a length that we would write as 7.
  const isPlain = text.charCodeAt(from) !== 0x30 || (fields[line * 4 + 3] as number) - from === 1
  return isPlain && text.startsWith(statusLine(status))
}
