import { request } from 'node:http'
import { Duplex } from 'node:stream'
import type { Forwarded } from './invariants.ts'

class Answer extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done()
  }
}

/** What the client of node:http makes of a response that we pass on, beside what we say it is: '' if it is the same. */
export function responseDisagreement(expected: Forwarded): Promise<string> {
  return new Promise((resolve) => {
    const stream = new Answer()
    let over = false
    const end = (wrong: string): void => {
      if (over) return
      over = true
      clearTimeout(patience)
      resolve(wrong)
      stream.destroy()
    }
    const patience = setTimeout(() => end('llhttp waits for more'), 10_000)
    const req = request({ createConnection: () => stream, host: 'a.test', path: '/', maxHeaderSize: 65_536 })
    req.on('error', (error) => end(`llhttp: ${error.message}`))
    req.on('response', (res) => {
      let body = ''
      res.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1')
      })
      res.on('error', (error) => end(`llhttp: ${error.message}`))
      res.on('end', () => {
        const same = res.statusCode === expected.status && body === expected.body && res.complete
        end(same ? '' : `llhttp reads ${res.statusCode} ${JSON.stringify(body)}, complete ${res.complete}`)
      })
    })
    req.end()
    // Not the end of the stream: it must know by itself where the message ends.
    stream.push(Buffer.from(expected.bytes, 'latin1'))
  })
}
