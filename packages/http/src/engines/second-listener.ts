import type { Server as HttpServer } from 'node:http'
import { createServer, type Server as TcpServer } from 'node:net'

/** Errors of a machine without IPv6, or with its loopback switched off. */
const NO_SUCH_ADDRESS: ReadonlySet<unknown> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/**
 * Listens on ::1 as well, on the port of a server that listens on 127.0.0.1: `localhost` means one of the two, and which
 * one differs from machine to machine and from program to program.
 *
 * @returns null on a machine without that address, or if the port was chosen by the system and is taken there
 * Rejects with the error of the listen call otherwise.
 */
export function listenOnSecondLoopback(server: HttpServer, port: number, chosen: boolean): Promise<TcpServer | null> {
  // The options that node:http gives to its own listener.
  const second = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket))
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      if (NO_SUCH_ADDRESS.has(error.code) || (chosen && error.code === 'EADDRINUSE')) resolve(null)
      else reject(error)
    }
    second.once('error', failed)
    second.listen({ host: '::1', port }, () => {
      second.off('error', failed)
      second.on('error', (error) => process.emitWarning(error))
      resolve(second)
    })
  })
}
