import { STATUS_CODES } from 'node:http'
import { problem } from '../problem.ts'

/** An error answer as bytes, for connections whose parser gave up: there is no response object to write it with. */
export function rawAnswer(status: number, detail: string, fields = ''): string {
  const { headers, body } = problem(status, STATUS_CODES[status], detail)
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\ndate: ${new Date().toUTCString()}\r\n`
  for (const name of Object.keys(headers)) head += `${name}: ${headers[name] ?? ''}\r\n`
  return `${head}${fields}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}
