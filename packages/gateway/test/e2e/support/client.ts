import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import type { Gateway } from '../../../src/gateway.ts'

export interface ClientRequest {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  readonly agent?: Agent
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends one request, path as written, and reads the whole answer. Fails if the answer breaks off. */
export async function send(base: string, path: string, request: ClientRequest = {}): Promise<Answer> {
  const response = await open(base, path, request)
  const body = await readAll(response)
  return { status: response.statusCode ?? 0, headers: response.headers, body: body.toString() }
}

/** The body of an answer. Rejects if it breaks off. */
export async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Sends one request and resolves with its answer's head; the body is the caller's to read. */
export function open(
  base: string,
  path: string,
  { method, headers, body, agent }: ClientRequest = {},
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers, agent: agent ?? false }, resolve)
    request.on('error', reject)
    request.end(body)
  })
}

export function urlOf(gateway: Gateway): string {
  return `http://127.0.0.1:${gateway.address().port}`
}

export function adminUrlOf(gateway: Gateway): string {
  return `http://127.0.0.1:${gateway.adminAddress()?.port}`
}

/** Waits until `condition` holds; fails after five seconds. For things that happen at the other end of a socket. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string = String(condition),
): Promise<void> {
  const deadline = performance.now() + 5000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not happen within 5 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Keeps `clients` requests under way until `stop()`; resolves with every status seen, 0 for a failed request. */
export function load(
  base: string,
  clients: number,
  next: () => { path: string } & ClientRequest,
): { stop(): Promise<Map<number, number>> } {
  const seen = new Map<number, number>()
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  let running = true
  const client = async (): Promise<void> => {
    while (running) {
      const { path, ...request } = next()
      const status = await send(base, path, { ...request, agent }).then(
        (answer) => answer.status,
        () => 0,
      )
      seen.set(status, (seen.get(status) ?? 0) + 1)
    }
  }
  const all = Promise.all(Array.from({ length: clients }, client))
  return {
    async stop() {
      running = false
      await all
      agent.destroy()
      return seen
    },
  }
}
