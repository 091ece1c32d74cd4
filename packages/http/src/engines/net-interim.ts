import { keptResponseFields, statusLine } from '../wire/forwarded-head.ts'
import { responseHead } from '../wire/scanned-head.ts'
import type { NetForwardHost } from './net-forward-host.ts'

/**
 * Passes an interim response on, whose head was scanned last: 100 to a client that waits for it, the others to clients
 * of HTTP/1.1, which know what an interim response is.
 *
 * @returns whether the client got it
 */
export function relayInterim(
  { request, connection, response }: NetForwardHost,
  status: number,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  if (request.minor === 0 || response.isGone || (status === 100 && !request.waitsForContinue)) return false
  const fields = keptResponseFields(bytes.toString('latin1', start, end), responseHead)
  connection.socket.write(`${statusLine(status)}${fields}\r\n`, 'latin1')
  return true
}
