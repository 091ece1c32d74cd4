// Event streams: what arrives is counted, nothing is sent after the request.
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { EVENT, wireRequests } from '../traffic.ts'
import { type Address, openSocket } from './client-socket.ts'
import { Faults, nameOf } from './faults.ts'
import { ResponseReader } from './response-reader.ts'

const OPEN_MS = 10_000

class Stream {
  readonly reader = new ResponseReader()
  readonly socket: Socket
  #closing = false

  constructor(address: Address, request: string, faults: Faults) {
    this.socket = openSocket(address, (bytes, length) => {
      try {
        this.reader.push(bytes, 0, length)
        if (this.reader.done) throw new Error('the stream ended')
      } catch (error) {
        faults.count(error instanceof Error ? error.message : String(error))
        this.close()
      }
    })
    this.socket.on('error', (error) => faults.count(nameOf(error)))
    this.socket.on('close', () => {
      if (!this.#closing) faults.count('stream closed')
    })
    this.socket.write(request, 'latin1')
  }

  close(): void {
    this.#closing = true
    this.socket.destroy()
  }
}

export class Streams {
  readonly #streams: readonly Stream[]
  readonly #faults = new Faults()

  constructor(address: Address, count: number) {
    const requests = wireRequests('events')
    this.#streams = Array.from({ length: count }, (_, index) => {
      return new Stream(address, requests[index % requests.length] ?? '', this.#faults)
    })
  }

  /** Resolves when every stream has delivered its first event. */
  async open(): Promise<void> {
    const deadline = performance.now() + OPEN_MS
    while (this.#streams.some(({ reader }) => reader.bodyBytes < EVENT.length)) {
      if (performance.now() > deadline) {
        this.#faults.count('streams without an event after 10 s')
        return
      }
      await wait(20)
    }
    const wrong = this.#streams.filter(({ reader }) => reader.status !== 200)
    for (const { reader } of wrong) this.#faults.count(`status ${reader.status}`)
  }

  /** Whole events that have arrived so far. */
  get events(): number {
    return this.#streams.reduce((sum, { reader }) => sum + Math.floor(reader.bodyBytes / EVENT.length), 0)
  }

  get faults(): readonly string[] {
    return this.#faults.list()
  }

  close(): void {
    for (const stream of this.#streams) stream.close()
  }
}
