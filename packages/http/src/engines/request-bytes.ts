import type { IncomingMessage } from 'node:http'

/**
 * The head of a request as it was received, but for blanks around values: for a reader of bytes that takes over from
 * node:http. @param extra further field lines, each with its CRLF
 */
export function headBytes({ method, url, httpVersion, rawHeaders }: IncomingMessage, extra = ''): Buffer {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let i = 0; i < rawHeaders.length; i += 2) text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`
  return Buffer.from(`${text}${extra}\r\n`, 'latin1')
}
