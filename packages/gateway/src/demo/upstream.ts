// A small service to play with: answers anything, and can be told to fail, to be slow, to be gone.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'

export type DemoMode = 'ok' | 'fail' | 'slow'

/** How much later a slow upstream answers, ms. */
const SLOW_MS = 2_000
/** Pause between the lines of `/stream`, ms. */
const LINE_MS = 200
const CHUNK = Buffer.alloc(65_536, 'breakwater ')
/** 1 TiB: above any test, below where counting goes wrong. */
const MOST_BYTES = 2 ** 40

/**
 * One demo upstream on 127.0.0.1.
 *
 * - any path: a short JSON answer, equally long for every upstream and request of the same method and path; a request
 *   body is read and its size told
 * - `/stream?n=10`: one line per 200 ms · `/bytes/N`: N bytes · `/healthz`: 200 as long as it runs
 */
export class DemoUpstream {
  readonly name: string
  mode: DemoMode = 'ok'
  #server: Server | undefined
  #port = 0
  /** One switch at a time: `stop` and `start` in quick succession must not overlap. */
  #switching: Promise<void> = Promise.resolve()

  constructor(name: string) {
    this.name = name
  }

  get isRunning(): boolean {
    return this.#server !== undefined
  }

  /** Stays the same over `stop` and `start`. 0 before the first start. */
  get port(): number {
    return this.#port
  }

  start(): Promise<void> {
    return this.#after(() => this.#open())
  }

  /** Closes the listener and cuts its connections: clients are refused. */
  stop(): Promise<void> {
    return this.#after(() => this.#close())
  }

  #after(work: () => Promise<void>): Promise<void> {
    const done = this.#switching.then(work)
    this.#switching = done.catch(() => {})
    return done
  }

  async #open(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer((request, response) => this.#answer(request, response))
    // Longer than the gateway keeps an idle connection: it is never the upstream that closes first.
    server.keepAliveTimeout = 75_000
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async #close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://upstream')
    response.setHeader('x-demo-upstream', this.name)
    if (url.pathname === '/healthz') {
      send(response, 200, { upstream: this.name, status: 'ok' })
      return
    }
    const reply = (): void => {
      if (this.mode === 'fail') send(response, 500, { upstream: this.name, error: 'told to fail' })
      else this.#reply(url, request, response)
    }
    if (this.mode !== 'slow') {
      reply()
      return
    }
    const timer = setTimeout(reply, SLOW_MS)
    response.once('close', () => clearTimeout(timer))
  }

  #reply(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const bytes = /^\/bytes\/(\d{1,13})$/.exec(url.pathname)
    if (url.pathname === '/stream') streamLines(this.name, lineCount(url), response)
    else if (bytes !== null) sendBytes(Math.min(Number(bytes[1]), MOST_BYTES), request, response)
    else this.#echo(url, request, response)
  }

  #echo(url: URL, request: IncomingMessage, response: ServerResponse): void {
    let received = 0
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    request.on('end', () => {
      // Everything that varies from answer to answer has a fixed width: load tools count other lengths as failures.
      const at = new Date().toISOString()
      send(response, 200, { upstream: this.name, method: request.method, path: url.pathname, received, at })
    })
  }
}

function send(response: ServerResponse, status: number, value: object): void {
  const body = `${JSON.stringify(value)}\n`
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

function lineCount(url: URL): number {
  const wanted = Number(url.searchParams.get('n') ?? 10)
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, 10_000) : 10
}

function streamLines(name: string, count: number, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  let line = 0
  const next = (): void => {
    line++
    response.write(`line ${line} of ${count} from ${name}\n`)
    if (line < count) return
    clearInterval(timer)
    response.end()
  }
  const timer = setInterval(next, LINE_MS)
  response.once('close', () => clearInterval(timer))
  next()
}

/** As fast as the reader takes it; one chunk is allocated for all. */
function sendBytes(count: number, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': count })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  pipeline(Readable.from(chunks(count), { objectMode: false }), response, () => {
    // A reader that leaves early is its own affair.
  })
}

function* chunks(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= CHUNK.length) yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
}
