import { connect, createServer, type Socket } from 'node:net'

// A process of its own at the other end of thousands of streams: one process has too few file descriptors for both ends
// of both connections. Started by fork(); argument `origin` or `clients`.

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
const EVENT = 'd\r\ndata: event\n\n\r\n'

export type Command = { readonly open: number; readonly port: number } | 'event' | 'count' | 'destroy'

const tell = (message: object): void => {
  process.send?.(message)
}

function origin(): void {
  const streams = new Set<Socket>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('close', () => streams.delete(socket))
    socket.once('data', () => {
      socket.write(HEAD)
      streams.add(socket)
    })
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => tell(server.address() as object))
  process.on('message', (command: Command) => {
    if (command === 'event') for (const socket of streams) socket.write(EVENT)
    tell({ count: streams.size })
  })
}

function clients(): void {
  const sockets = new Set<Socket>()
  let heads = 0
  let events = 0
  const open = (port: number): void => {
    const socket = connect({ port, host: '127.0.0.1' })
    let hasHead = false
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      if (!hasHead && text.startsWith('HTTP/1.1 200')) {
        hasHead = true
        heads++
      }
      events += text.split('data: event').length - 1
    })
    socket.write('GET /events HTTP/1.1\r\nHost: a.test\r\n\r\n')
  }
  process.on('message', (command: Command) => {
    if (typeof command === 'object') for (let i = 0; i < command.open; i++) open(command.port)
    if (command === 'destroy') for (const socket of sockets) socket.destroy()
    tell({ count: sockets.size, heads, events })
  })
}

if (process.argv[2] === 'origin') origin()
else if (process.argv[2] === 'clients') clients()
