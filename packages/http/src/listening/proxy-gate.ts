import type { Socket } from 'node:net'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import { readProxyHeader } from '../wire/proxy-protocol.ts'

/** A load balancer sends its header with the first packet. */
const HEADER_MS = 5_000

/** Told once how the header of a connection came out. */
export interface GateOwner {
  /** @param address source address that the header names; the empty string: the balancer speaks for itself */
  passed(socket: Socket, address: string): void
}

/**
 * Waits for the PROXY protocol header in front of a connection and takes it off. What follows it is put back, so that
 * whoever reads next (TLS, HTTP) finds its first byte first.
 *
 *    accepted ──► header complete ──► passed        no header, a malformed one, 5 s without: destroyed, not a word
 */
export class ProxyGate implements DeadlineOwner {
  readonly #socket: Socket
  readonly #owner: GateOwner
  readonly #deadline: Deadline = new Deadline(this)
  #received: Buffer | null = null
  readonly #onReadable = (): void => this.#read()
  readonly #onEnd = (): void => {
    this.#socket.destroy()
  }
  readonly #onClose = (): void => deadlines.disarm(this.#deadline)

  constructor(socket: Socket, owner: GateOwner) {
    this.#socket = socket
    this.#owner = owner
    deadlines.arm(this.#deadline, HEADER_MS)
    socket.on('readable', this.#onReadable)
    socket.on('close', this.#onClose)
    socket.on('end', this.#onEnd)
  }

  deadlinePassed(): void {
    this.#socket.destroy()
  }

  #read(): void {
    const socket = this.#socket
    const piece: Buffer | null = socket.read()
    if (piece === null) return
    const bytes = this.#received === null ? piece : Buffer.concat([this.#received, piece])
    const header = readProxyHeader(bytes)
    switch (header.status) {
      case 'more':
        this.#received = bytes
        return
      case 'bad':
        socket.destroy()
        return
      default:
        deadlines.disarm(this.#deadline)
        socket.off('readable', this.#onReadable)
        socket.off('close', this.#onClose)
        socket.off('end', this.#onEnd)
        if (header.length < bytes.length) socket.unshift(bytes.subarray(header.length))
        this.#owner.passed(socket, header.status === 'proxied' ? header.address : '')
    }
  }
}
