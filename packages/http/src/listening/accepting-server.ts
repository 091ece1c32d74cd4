import { lstat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { ListenerAddress, ListenSettings } from './options.ts'

/** Errors of a machine without IPv6, or with its loopback switched off. */
const NO_SUCH_ADDRESS: ReadonlySet<unknown> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/**
 * Accepts connections on one address. `localhost` is two of them, 127.0.0.1 and ::1: the name means one of the two, and
 * which one differs from machine to machine and from program to program.
 */
export class AcceptingServer {
  readonly #settings: ListenSettings
  readonly #accept: (socket: Socket) => void
  #server: Server | null = null
  /** On the other loopback address, for `localhost`. */
  #second: Server | null = null
  #closed = false

  constructor(settings: ListenSettings, accept: (socket: Socket) => void) {
    this.#settings = settings
    this.#accept = accept
  }

  /** Rejects with the error of the listen call; nothing is open then. */
  async open(): Promise<void> {
    const { host, port, path } = this.#settings
    this.#closed = false
    if (path !== '') await removeLeftover(path)
    const isLocalhost = path === '' && host === 'localhost'
    this.#server = await this.#listen(path === '' ? { host: isLocalhost ? '127.0.0.1' : host, port } : { path })
    if (!this.#closed && isLocalhost) await this.#listenOnSecond(port === 0)
    // close() may have been called meanwhile.
    if (this.#closed) this.close()
  }

  close(): void {
    this.#closed = true
    this.#server?.close()
    this.#second?.close()
    this.#server = null
    this.#second = null
  }

  address(): ListenerAddress | null {
    const address = this.#server?.address() ?? null
    if (address === null) return null
    return typeof address === 'string' ? { path: address } : { host: address.address, port: address.port }
  }

  async #listenOnSecond(isChosen: boolean): Promise<void> {
    const address = this.address()
    if (address === null || !('port' in address)) return
    try {
      this.#second = await this.#listen({ host: '::1', port: address.port })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (NO_SUCH_ADDRESS.has(code) || (isChosen && code === 'EADDRINUSE')) return
      this.close()
      throw error
    }
  }

  #listen(address: { host: string; port: number } | { path: string }): Promise<Server> {
    const server = createServer(
      {
        // Under TLS a FIN means that the peer is gone: without this, one in a handshake would be waited for.
        allowHalfOpen: this.#settings.tls === null,
        // Small answers are not held back for the next one.
        noDelay: !('path' in address),
      },
      this.#accept,
    )
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(address, () => {
        server.off('error', reject)
        // An error of accept() later on (no file descriptors left) is a warning and does not end the process.
        server.on('error', (error) => process.emitWarning(error))
        resolve(server)
      })
    })
  }
}

/** Removes a socket file that nobody listens on: its process was killed. Anything else there is left to listen() to refuse. */
async function removeLeftover(path: string): Promise<void> {
  const isSocket = await lstat(path).then(
    (entry) => entry.isSocket(),
    () => false,
  )
  if (!isSocket || (await isServed(path))) return
  await unlink(path).catch(() => {})
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
  })
}
