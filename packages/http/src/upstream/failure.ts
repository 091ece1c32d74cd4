import { UpstreamProtocolError, UpstreamTimeoutError } from '../errors.ts'
import type { ForwardError } from '../handler.ts'

/**
 * What an error of an attempt without a response head means.
 *
 * @param connected the socket was up when the attempt failed, or had been for this request
 */
export function failureKind(error: Error, connected: boolean): ForwardError['kind'] {
  if (error instanceof UpstreamTimeoutError) return error.phase === 'connect' ? 'connect' : 'timeout'
  if (error instanceof UpstreamProtocolError || isProtocolError(error)) return 'protocol'
  return connected ? 'reset' : 'connect'
}

/** What undici says of bytes that are not the response we asked for. */
function isProtocolError(error: Error): boolean {
  // Its `code` is undefined in undici 8.12, for some errors at least.
  if (error.name === 'HTTPParserError') return true
  const code = 'code' in error ? error.code : undefined
  switch (code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'UND_ERR_NOT_SUPPORTED':
      return true
    case 'UND_ERR_SOCKET':
      // An unasked 100 or 101 ends as "bad response" or "bad upgrade", a lost connection as "other side closed".
      return error.message.startsWith('bad ')
    default:
      return false
  }
}
