/** Node's own size of a read. */
const READ_BYTES = 65_536

/** Read into by every upstream socket whose body is short: 64 KiB for all of them and not for each. */
const SHARED: Buffer = Buffer.allocUnsafeSlow(READ_BYTES)

export const NO_BYTES: Buffer = Buffer.alloc(0)

/**
 * Where the next read of one upstream socket goes: the buffer shared by all, whose bytes are consumed before the next
 * read starts, or one of its own, whose bytes need no copy while nothing else reads into it.
 *
 *    shared ──useOwn()──► own ──giveAway()──► shared        what was given away still waits to be sent
 */
export class ReadBuffer {
  #wanted: Buffer = SHARED
  #current: Buffer | null = null
  #own: Buffer | null = null
  #isConnected = false

  /** For `onread`: undefined leaves the buffer as it is, though the type does not say so. */
  next(): Buffer {
    // Of several addresses each has a handle of its own, which needs the buffer: without one Node reads elsewhere and
    // still hands this one over, with the bytes of another connection in it.
    if (this.#isConnected && this.#current === this.#wanted) return undefined as unknown as Buffer
    this.#current = this.#wanted
    return this.#wanted
  }

  /** There is one handle from now on. */
  connected(): void {
    this.#isConnected = true
  }

  /** A long body follows: its reads need no copy from now on. */
  useOwn(): void {
    this.#own ??= Buffer.allocUnsafeSlow(READ_BYTES)
    this.#wanted = this.#own
  }

  /** What lies in our own buffer is still queued for the client: the next response must read elsewhere. */
  giveAway(): void {
    this.#own = null
    this.#wanted = SHARED
  }

  /** The bytes of this read may be overwritten by another socket's. */
  isShared(bytes: Buffer): boolean {
    return bytes === SHARED
  }
}
