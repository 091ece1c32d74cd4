// The service behind every contender, on raw sockets: it shares a core with the load, so each microsecond it costs is one
// in which no request is sent.
import { createHash } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { EVENT, EVENT_INTERVAL_MS, LARGE_BODY, SMALL_BODY } from '../traffic.ts'

const HEADERS =
  'Content-Type: application/json\r\nCache-Control: no-store\r\nVary: Accept-Encoding\r\n' +
  'X-Request-Id: 7f1c2a34-98aa-4f6e-8a8a-2a2f3c4d5e6f\r\nServer: upstream\r\n'
const SMALL = JSON.stringify({ items: 'x'.repeat(SMALL_BODY - '{"items":""}'.length) })
const EVENT_CHUNK = `${EVENT.length.toString(16)}\r\n${EVENT}\r\n`
/** A stream whose proxy does not read gets no further events. */
const MOST_QUEUED = 65_536

function head(date: string, length: number): string {
  return `HTTP/1.1 200 OK\r\nDate: ${date}\r\n${HEADERS}Content-Length: ${length}\r\n\r\n`
}

/** One connection of a proxy. Proxies do not pipeline: after a request the next one comes when this is answered. */
class UpstreamConnection {
  readonly #socket: Socket
  readonly #upstream: Upstream
  #received: Buffer | null = null

  constructor(socket: Socket, upstream: Upstream) {
    this.#socket = socket
    this.#upstream = upstream
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('error', () => socket.destroy())
  }

  #read(bytes: Buffer): void {
    const received = this.#received === null ? bytes : Buffer.concat([this.#received, bytes])
    const { length } = received
    // 'G' … CRLF CRLF: a GET in one piece, which is nearly all of them.
    if (received[0] === 71 && received[length - 1] === 10 && received[length - 3] === 10) {
      this.#received = null
      this.#answer(received.toString('latin1', 0, Math.min(length, 64)), '', received)
      return
    }
    const text = received.toString('latin1')
    const blank = text.indexOf('\r\n\r\n')
    if (blank < 0) {
      this.#received = received
      return
    }
    const body = bodyOf(text, blank)
    if (body === null) {
      this.#received = received
      return
    }
    this.#received = null
    this.#answer(text, body, received)
  }

  #answer(text: string, body: string, received: Buffer): void {
    const path = text.indexOf(' ') + 1
    if (text.startsWith('/files', path)) this.#socket.write(this.#upstream.large())
    else if (text.startsWith('/events', path)) this.#upstream.stream(this.#socket)
    else if (text.startsWith('/api/check', path)) this.#check(received.toString('latin1'), body)
    else this.#socket.write(this.#upstream.small(), 'latin1')
  }

  /** What arrived, for the comparison of the contenders. */
  #check(text: string, body: string): void {
    const [method, target] = text.split(' ', 2)
    const sha256 = createHash('sha256').update(body, 'latin1').digest('hex')
    const fields = /\r\nx-request-id: ([^\r]*)/i.exec(text)?.[1] ?? null
    const answer = JSON.stringify({ method, target, requestId: fields, length: body.length, sha256 })
    this.#socket.write(head(new Date().toUTCString(), answer.length) + answer, 'latin1')
  }
}

/** The body of a message, null while it is incomplete. */
function bodyOf(text: string, blank: number): string | null {
  const begin = blank + 4
  const fields = text.slice(0, begin)
  if (/\r\ntransfer-encoding: *chunked\r\n/i.test(fields)) {
    if (!text.endsWith('\r\n0\r\n\r\n')) return null
    const pieces: string[] = []
    let at = begin
    for (;;) {
      const line = text.indexOf('\r\n', at)
      const size = Number.parseInt(text.slice(at, line), 16)
      if (!(size > 0)) return pieces.join('')
      pieces.push(text.slice(line + 2, line + 2 + size))
      at = line + 4 + size
    }
  }
  const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(fields)?.[1] ?? 0)
  return text.length < begin + length ? null : text.slice(begin, begin + length)
}

/** Listens on as many ports as asked for: a balancer has something to balance, and it is the same process. */
export class Upstream {
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #streams = new Set<Socket>()
  #timer: NodeJS.Timeout | null = null
  #clock: NodeJS.Timeout | null = null
  #small = ''
  #large: Buffer = Buffer.alloc(0)
  /** Events written to all streams. */
  eventsSent = 0
  /** No stream gets an event meanwhile. */
  paused = false
  /** Events that a stream was too slow for. */
  eventsDropped = 0

  async listen(count: number): Promise<number[]> {
    this.#renew()
    // A service's answers differ by their date, once a second.
    this.#clock = setInterval(() => this.#renew(), 1_000)
    this.#clock.unref()
    const ports: number[] = []
    for (let index = 0; index < count; index++) {
      const server = createServer((socket) => {
        this.#sockets.add(socket)
        socket.once('close', () => {
          this.#sockets.delete(socket)
          this.#streams.delete(socket)
        })
        new UpstreamConnection(socket, this)
      })
      await new Promise<void>((listening, fail) => {
        server.once('error', fail)
        server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, listening)
      })
      this.#servers.push(server)
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      ports.push(address.port)
    }
    return ports
  }

  close(): void {
    if (this.#clock !== null) clearInterval(this.#clock)
    this.#stopStreams()
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  small(): string {
    return this.#small
  }

  large(): Buffer {
    return this.#large
  }

  stream(socket: Socket): void {
    const fields = 'Content-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n'
    socket.write(`HTTP/1.1 200 OK\r\n${fields}\r\n`, 'latin1')
    this.#streams.add(socket)
    this.#timer ??= setInterval(() => this.#sendEvents(), EVENT_INTERVAL_MS)
  }

  /** Streams that are open. */
  get streams(): number {
    return this.#streams.size
  }

  #sendEvents(): void {
    if (this.#streams.size === 0) this.#stopStreams()
    if (this.paused) return
    for (const socket of this.#streams) {
      if (socket.writableLength > MOST_QUEUED) {
        this.eventsDropped++
        continue
      }
      socket.write(EVENT_CHUNK, 'latin1')
      this.eventsSent++
    }
  }

  #stopStreams(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #renew(): void {
    const date = new Date().toUTCString()
    this.#small = head(date, SMALL.length) + SMALL
    this.#large = Buffer.concat([Buffer.from(head(date, LARGE_BODY), 'latin1'), Buffer.alloc(LARGE_BODY, 'x')])
  }
}
