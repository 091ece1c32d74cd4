import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { onTestFinished } from 'vitest'

export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
}

/** An upstream service of the test: node:http on a free port of loopback. */
export class Origin {
  readonly name: string
  /** Requests in order of arrival; those to `/healthz` apart. */
  readonly requests: ReceivedRequest[] = []
  readonly checks: ReceivedRequest[] = []
  handler: RequestListener
  /** Status of `/healthz`. */
  health = 200
  #server: Server
  #port = 0

  constructor(name: string, handler?: RequestListener) {
    this.name = name
    this.handler = handler ?? ((_, response) => answer(response, 200, this.name))
    this.#server = this.#createServer()
  }

  async listen(): Promise<void> {
    this.#server = this.#createServer()
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Stops at once, cutting connections: a killed process. */
  async kill(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #createServer(): Server {
    const server = createServer((request, response) => {
      const { method = '', url = '', headers, rawHeaders } = request
      if (url === '/healthz') {
        this.checks.push({ method, url, headers, rawHeaders })
        answer(response, this.health, 'health')
        return
      }
      this.requests.push({ method, url, headers, rawHeaders })
      this.handler(request, response)
    })
    // The gateway keeps connections longer than node's five seconds; races of that kind have their own tests.
    server.keepAliveTimeout = 60_000
    return server
  }
}

export async function startOrigin(name = 'origin', handler?: RequestListener): Promise<Origin> {
  const origin = new Origin(name, handler)
  await origin.listen()
  onTestFinished(() => origin.kill())
  return origin
}

export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'x-origin': text })
  response.end(text)
}

/** An address of loopback on which nobody listens. */
export async function deadAddress(): Promise<string> {
  const server = createNetServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

/** A server that speaks bytes, not HTTP: `onData` gets what a connection received so far and the means to answer. */
export async function startRawOrigin(
  onData: (received: string, write: (bytes: string) => void, cut: () => void) => void,
): Promise<{ url: string; connections: () => number }> {
  let connections = 0
  const sockets = new Set<{ destroy(): void }>()
  const server = createNetServer((socket) => {
    connections++
    sockets.add(socket)
    let received = ''
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      onData(
        received,
        (bytes) => socket.write(bytes, 'latin1'),
        () => socket.resetAndDestroy(),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections }
}
