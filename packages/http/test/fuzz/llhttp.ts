import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Duplex } from 'node:stream'
import type { Forwarded } from './invariants.ts'

// A second opinion: node:http's parser (llhttp) reads what we pass on, many requests in one stream. If it ends one of
// them elsewhere than we do, everything behind it falls out of step and is seen.

interface Seen {
  readonly method: string
  readonly target: string
  body: string
  complete: boolean
}

class Loop extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done()
  }
}

export class LlhttpOracle {
  readonly #server: Server
  #seen: Seen[] = []
  #error = ''

  constructor() {
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: 65_536 })
    const take = (req: IncomingMessage): void => {
      const seen: Seen = { method: req.method ?? '', target: req.url ?? '', body: '', complete: false }
      this.#seen.push(seen)
      req.on('data', (chunk: Buffer) => {
        seen.body += chunk.toString('latin1')
      })
      req.on('end', () => {
        seen.complete = true
      })
    }
    this.#server.on('request', (req, res) => {
      take(req)
      res.end()
    })
    // Without these, node answers by itself.
    this.#server.on('checkContinue', (req, res) => {
      take(req)
      res.end()
    })
    this.#server.on('checkExpectation', (req, res) => {
      take(req)
      res.end()
    })
    this.#server.on('clientError', (error: Error & { reason?: string }, socket) => {
      this.#error = error.reason ?? error.message
      socket.destroy()
    })
  }

  /** Reads requests one behind the other. @returns what is wrong with the first that is read differently, or '' */
  async disagreement(requests: readonly Forwarded[]): Promise<{ index: number; wrong: string } | null> {
    this.#seen = []
    this.#error = ''
    const stream = new Loop()
    this.#server.emit('connection', stream)
    // A last request of our own shows where the one before it ended.
    const all = requests.map((request) => request.bytes).join('') + LAST
    stream.push(Buffer.from(all, 'latin1'))
    stream.push(null)
    const patience = AbortSignal.timeout(10_000)
    while (this.#error === '' && !(this.#seen.length > requests.length && this.#seen.at(-1)?.complete)) {
      if (patience.aborted || stream.destroyed) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (!stream.destroyed) {
      stream.destroy()
      await once(stream, 'close')
    }
    for (const [index, expected] of requests.entries()) {
      const seen = this.#seen[index]
      if (seen === undefined) return { index, wrong: `llhttp: ${this.#error || 'sees no request'}` }
      const same = seen.complete && seen.method === expected.method && seen.target === expected.target
      if (!same || seen.body !== expected.body) {
        const got = `${seen.method} ${seen.target} ${JSON.stringify(seen.body)}`
        return { index, wrong: `llhttp reads ${got}, complete ${seen.complete} ${this.#error}` }
      }
    }
    const after = this.#seen[requests.length]
    if (after?.target === '/last') return null
    return { index: requests.length - 1, wrong: `llhttp sees ${after?.target ?? this.#error} behind it` }
  }
}

const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\n\r\n'
