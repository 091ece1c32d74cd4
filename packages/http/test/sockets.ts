import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket, type Server as TcpServer } from 'node:net'
import { afterEach, beforeEach } from 'vitest'
import {
  createTarget,
  type ForwardOptions,
  type ForwardResult,
  type RouteHandler,
  type RouteTable,
  Server,
  type ServerConfig,
  type Target,
  type TargetOptions,
} from '../src/index.ts'

export type Engine = 'net' | 'node'
export const engines: readonly Engine[] = ['net', 'node']

let engine: Engine = 'net'

/** In a `describe.each(engines)`: which engine `startServer` and `startProxy` start. */
export function useEngine(name: Engine): void {
  beforeEach(() => {
    engine = name
  })
}

/** For tests that make their servers themselves. */
export const engineInUse = (): Engine => engine

const cleanups: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

export function onCleanup(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup)
}

/** Every request goes to one handler. */
export function always(handler: RouteHandler): RouteTable {
  const params = Object.create(null) as Record<string, string>
  return { match: () => ({ handler, params, route: 'always' }) }
}

export interface Running {
  readonly server: Server
  readonly port: number
}

export async function startServer(
  routes: RouteHandler | RouteTable,
  config: Partial<ServerConfig> = {},
): Promise<Running> {
  const table = typeof routes === 'function' ? always(routes) : routes
  const server = new Server({ engine, port: 0, drainMs: 0, ...config }, table)
  await server.start()
  onCleanup(() => server.stop())
  return { server, port: server.address().port }
}

export interface Proxy extends Running {
  readonly target: Target
  readonly results: ForwardResult[]
}

/** A server that forwards everything to one upstream and keeps the results. */
export async function startProxy(
  upstreamPort: number,
  options: ForwardOptions = {},
  config: Partial<ServerConfig> = {},
  targetOptions: TargetOptions = {},
): Promise<Proxy> {
  const target = createTarget(`http://127.0.0.1:${upstreamPort}`, targetOptions)
  onCleanup(() => target.destroy())
  const results: ForwardResult[] = []
  const running = await startServer((ctx) => {
    ctx.forward(target, {
      ...options,
      onEnd: (context, result) => {
        results.push(result)
        options.onEnd?.(context, result)
      },
    })
  }, config)
  return { ...running, target, results }
}

export interface Upstream {
  readonly port: number
  readonly server: TcpServer
  readonly sockets: Set<Socket>
  /** Everything that was received, in order of arrival. */
  received(): string
  connections: number
}

/** A TCP server whose handler speaks for itself. */
export async function startUpstream(onSocket: (socket: Socket) => void): Promise<Upstream> {
  const sockets = new Set<Socket>()
  let text = ''
  const server = createServer((socket) => {
    upstream.connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      if (text.length < 1_000_000) text += chunk.toString('latin1')
    })
    onSocket(socket)
  })
  const port = await listen(server)
  const upstream: Upstream = { port, server, sockets, received: () => text, connections: 0 }
  return upstream
}

/** An upstream that writes `answer` for each request head it sees. */
export function startAnswering(answer: string | ((head: string, socket: Socket) => void)): Promise<Upstream> {
  return startUpstream((socket) => {
    let pending = ''
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1')
      for (let end = pending.indexOf('\r\n\r\n'); end !== -1; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end)
        pending = pending.slice(end + 4)
        if (typeof answer === 'string') socket.write(answer)
        else answer(head, socket)
      }
    })
  })
}

export async function listen(server: TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onCleanup(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  onCleanup(() => {
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** A client that sends bytes as they stand and keeps what comes back. */
export class RawClient {
  readonly socket: Socket
  text = ''
  ended = false
  closed = false
  error: Error | null = null

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' })
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
    })
    this.socket.on('end', () => {
      this.ended = true
    })
    this.socket.on('close', () => {
      this.closed = true
    })
    this.socket.on('error', (error) => {
      this.error = error
    })
    onCleanup(() => {
      this.socket.destroy()
    })
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    return this
  }

  until(pattern: string | RegExp): Promise<string> {
    return until(() => (typeof pattern === 'string' ? this.text.includes(pattern) : pattern.test(this.text)), this)
  }

  async untilClosed(): Promise<string> {
    await until(() => this.closed, this)
    return this.text
  }
}

/** Sends one request and reads until the connection closes. */
export async function exchange(port: number, request: string): Promise<string> {
  return new RawClient(port).send(request).untilClosed()
}

export async function get(port: number, path = '/', fields = ''): Promise<string> {
  return exchange(port, `GET ${path} HTTP/1.1\r\nHost: a.test\r\n${fields}Connection: close\r\n\r\n`)
}

/** Waits for a state without sleeping a guess: checked at every turn of the event loop. Fails after `limitMs`. */
export async function until(isTrue: () => boolean, client?: RawClient, limitMs = 5_000): Promise<string> {
  const end = performance.now() + limitMs
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`Not reached; received: ${client?.text.slice(0, 500) ?? ''}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return client?.text ?? ''
}

export const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0)

/** What follows the head. */
export const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4)

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Waits until a number has not changed for 150 ms. */
export async function settled(read: () => number, limitMs = 5_000): Promise<void> {
  let last = -1
  let since = performance.now()
  await until(
    () => {
      const now = read()
      if (now !== last) {
        last = now
        since = performance.now()
      }
      return performance.now() - since > 150
    },
    undefined,
    limitMs,
  )
}
