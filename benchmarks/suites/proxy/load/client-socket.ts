import { connect as connectPlain, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Where a contender listens. */
export interface Address {
  readonly port: number
  /** Certificate to trust; present for https. */
  readonly certificate?: string
}

/** All sockets read into one buffer, whose content is used up before the callback returns. */
const SHARED = Buffer.allocUnsafe(65_536)

/** @param read gets the shared buffer and how much of it is new */
export function openSocket(address: Address, read: (bytes: Buffer, length: number) => void): Socket {
  const onread: OnReadOpts = {
    buffer: SHARED,
    callback: (length) => {
      read(SHARED, length)
      return true
    },
  }
  const where = { host: '127.0.0.1', port: address.port, onread }
  const socket =
    address.certificate === undefined
      ? connectPlain(where)
      : connectTls({
          ...where,
          ca: address.certificate,
          servername: 'gateway.example',
          minVersion: 'TLSv1.3',
          // The same cipher for every contender, whatever order it prefers.
          ciphers: 'TLS_AES_128_GCM_SHA256',
        })
  socket.setNoDelay(true)
  return socket
}
