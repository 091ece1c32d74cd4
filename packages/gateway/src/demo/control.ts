// The switchboard of the demo: `curl -X POST http://127.0.0.1:9902/a/fail`.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DemoUpstream } from './upstream.ts'

const ACTIONS = ['ok', 'fail', 'slow', 'stop', 'start']

/** Listens on 127.0.0.1 only: `GET /` tells the state, `POST /NAME/ok|fail|slow|stop|start` changes it. */
export class DemoControl {
  readonly #upstreams: readonly DemoUpstream[]
  readonly #server: Server
  #wasMoved = false

  constructor(upstreams: readonly DemoUpstream[]) {
    this.#upstreams = upstreams
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => reply(response, 500, String(error)))
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** True if the port that was wanted is in use. */
  get wasMoved(): boolean {
    return this.#wasMoved
  }

  /** On `port`, or any free one if that is taken. */
  async start(port: number): Promise<void> {
    try {
      await this.#listen(port)
    } catch {
      this.#wasMoved = true
      await this.#listen(0)
    }
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume()
    const [name = '', action = '', ...rest] = (request.url ?? '/').replace(/\?.*$/, '').split('/').slice(1)
    const upstream = this.#upstreams.find((candidate) => candidate.name === name)
    if (name === '') {
      reply(response, 200, this.#state())
    } else if (upstream === undefined || !ACTIONS.includes(action) || rest.length > 0) {
      reply(response, 404, `${this.#usage()}\n`)
    } else if (request.headers.origin !== undefined) {
      // A web page can send a form here, but not without this header.
      reply(response, 403, 'not from a browser\n')
    } else if (request.method !== 'POST') {
      response.setHeader('allow', 'POST')
      reply(response, 405, `this changes something: curl -X POST ${this.#url()}/${name}/${action}\n`)
    } else {
      await act(upstream, action)
      reply(response, 200, this.#state())
    }
  }

  #state(): string {
    const lines = this.#upstreams.map(
      ({ name, port, isRunning, mode }) => `${name}  http://127.0.0.1:${port}  ${isRunning ? mode : 'stopped'}`,
    )
    return `${lines.join('\n')}\n`
  }

  #usage(): string {
    const names = this.#upstreams.map(({ name }) => name).join('|')
    return `curl ${this.#url()}/                      state\ncurl -X POST ${this.#url()}/${names}/${ACTIONS.join('|')}`
  }

  #url(): string {
    return `http://127.0.0.1:${this.port}`
  }
}

async function act(upstream: DemoUpstream, action: string): Promise<void> {
  if (action === 'stop') await upstream.stop()
  if (action === 'start') await upstream.start()
  if (action === 'ok' || action === 'fail' || action === 'slow') upstream.mode = action
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(text) })
  response.end(response.req.method === 'HEAD' ? undefined : text)
}
