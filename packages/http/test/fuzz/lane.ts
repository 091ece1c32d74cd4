import { type AddressInfo, connect, createServer, type Socket, type Server as TcpServer } from 'node:net'
import { createTarget, Server, type Target } from '../../src/index.ts'
import { latin1, type Reading, readChunked, readRequest } from '../wire/reading.ts'

/** What one engine did with the bytes of one client connection. */
export interface Outcome {
  /** Statuses of the answers, in order. */
  readonly statuses: readonly number[]
  /** Complete requests that reached the upstream: method, target, payload. */
  readonly requests: readonly string[]
  /** What reached the upstream and is no request of the strict grammar. */
  readonly dirt: string
  /** The connection was not ended by the server in time. */
  readonly hung: boolean
}

const PATIENCE_MS = 10_000
/** As many silences pass before nothing at all, or no answer, is believed. */
const MOST_WAITS = 6
/** Ends what waits for more: no request, no chunk, and enough for a short body. */
export const TAIL: string = '\0'.repeat(32)
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** One engine with an upstream of its own that writes down what it gets. One message at a time. */
export class Lane {
  readonly #upstream: TcpServer
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #target: Target | null = null
  #requests: string[] = []
  #dirt = ''

  constructor() {
    this.#upstream = createServer((socket) => this.#serve(socket))
  }

  async start(engine: 'net' | 'node'): Promise<void> {
    await new Promise<void>((resolve) => this.#upstream.listen(0, '127.0.0.1', resolve))
    const { port } = this.#upstream.address() as AddressInfo
    const target = createTarget(`http://127.0.0.1:${port}`)
    const route = { handler: (ctx: { forward(to: Target): void }) => ctx.forward(target), params: Object.create(null) }
    const server = new Server({ port: 0, engine, drainMs: 0 }, { match: () => route })
    await server.start()
    this.#target = target
    this.#server = server
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    await this.#target?.destroy()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#upstream.close(() => resolve()))
  }

  /**
   * @param cut     place at which the message is sent in two writes
   * @param quietMs silence after which everything that a message brings about has come about
   */
  send(message: string, cut: number, quietMs: number): Promise<Outcome> {
    this.#requests = []
    this.#dirt = ''
    const port = this.#server?.address().port ?? 0
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      let received = ''
      let hung = false
      const patience = setTimeout(() => {
        hung = true
        socket.destroy()
      }, PATIENCE_MS)
      // Not by closing our side, which says that nobody waits for the answer.
      let tailed = false
      let waits = 0
      const quiet = setTimeout(() => {
        // A request is under way: everything may take its time on a busy machine.
        const answers = received.split('HTTP/1.1 200 ').length - 1
        const isUnderWay = received === '' || answers < this.#requests.length
        if (isUnderWay && ++waits < MOST_WAITS) quiet.refresh()
        else if (tailed) socket.destroy()
        else {
          tailed = true
          socket.write(latin1(TAIL))
          quiet.refresh()
        }
      }, quietMs)
      socket.on('connect', () => {
        socket.setNoDelay(true)
        if (cut > 0 && cut < message.length) {
          socket.write(latin1(message.slice(0, cut)))
          setImmediate(() => socket.write(latin1(message.slice(cut))))
        } else socket.write(latin1(message))
        quiet.refresh()
      })
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1')
        quiet.refresh()
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearTimeout(patience)
        clearTimeout(quiet)
        const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
        // The upstream's side of an aborted request ends a moment later.
        setImmediate(() => resolve({ statuses, requests: this.#requests, dirt: this.#dirt, hung }))
      })
    })
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    let pending = ''
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1')
      for (let length = this.#take(pending); length > 0; length = this.#take(pending)) {
        pending = pending.slice(length)
        socket.write(ANSWER)
      }
    })
  }

  /** Takes one whole request off the bytes. @returns its length, 0 if it is not there yet */
  #take(pending: string): number {
    const bytes = latin1(pending)
    const head = readRequest(bytes)
    if (head.verdict === -1) return 0
    if (head.verdict !== 0) {
      this.#dirt = `${head.reason}: ${JSON.stringify(pending.slice(0, 300))}`
      return 0
    }
    const request = wholeRequest(pending, head)
    if (request === null) {
      if (head.chunked && readChunked(latin1(pending.slice(head.length))).outcome === 'bad') {
        this.#dirt = `bad chunks: ${JSON.stringify(pending.slice(0, 300))}`
      }
      return 0
    }
    this.#requests.push(request.text)
    return request.length
  }
}

/** The request whose head was read, with its payload; null if its body is not complete. */
function wholeRequest(bytes: string, head: Reading): { text: string; length: number } | null {
  const rest = bytes.slice(head.length)
  let payload = ''
  let length = head.length
  if (head.chunked) {
    const body = readChunked(latin1(rest))
    if (body.outcome !== 'end') return null
    payload = body.payload
    length += body.length
  } else if (head.contentLength > 0) {
    if (rest.length < head.contentLength) return null
    payload = rest.slice(0, head.contentLength)
    length += head.contentLength
  }
  return { text: `${head.method} ${head.target} ${JSON.stringify(payload)}`, length }
}

/** All requests that the bytes of one connection hold, up to the first that is refused or ends the connection. */
export function requestsIn(bytes: string): string[] {
  const requests: string[] = []
  for (let at = 0; ; ) {
    const head = readRequest(latin1(bytes.slice(at)))
    const request = head.verdict === 0 ? wholeRequest(bytes.slice(at), head) : null
    if (request === null) return requests
    requests.push(request.text)
    at += request.length
    if (!head.keepAlive) return requests
  }
}
