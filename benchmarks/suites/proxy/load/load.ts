// Requests one after another on many connections; a new connection for each if asked.
import type { Socket } from 'node:net'
import { answerLength, type Kind, wireRequests } from '../traffic.ts'
import { type Address, openSocket } from './client-socket.ts'
import { Faults, nameOf } from './faults.ts'
import { Latencies } from './latencies.ts'
import { ResponseReader } from './response-reader.ts'

export interface LoadShape {
  readonly kind: Kind
  readonly connections: number
  /** A new connection for every request. */
  readonly reconnect?: boolean
}

/** No answer for so long is a failure, not a slow one. */
const STALLED_MS = 10_000
/** Connections that are opened at a time: a listener's queue is finite. */
const OPENING = 100
/** After so many failures the row is void anyway. */
const MOST_FAULTS = 50

class Client {
  readonly #load: Load
  readonly #reader = new ResponseReader()
  #socket: Socket | null = null
  #began = 0
  /** A request is under way. */
  busy = false

  constructor(load: Load) {
    this.#load = load
  }

  send(request: string): void {
    this.busy = true
    this.#began = performance.now()
    this.#reader.begin()
    if (this.#socket === null) this.#open()
    this.#socket?.write(request, 'latin1')
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = null
  }

  /** For the watchdog. */
  stalled(now: number): boolean {
    return this.busy && now - this.#began > STALLED_MS
  }

  fail(what: string): void {
    this.close()
    if (!this.busy) return
    this.busy = false
    this.#load.failed(this, what)
  }

  #open(): void {
    const socket = openSocket(this.#load.address, (bytes, length) => {
      if (this.#socket === socket) this.#read(bytes, length)
    })
    this.#socket = socket
    socket.on('error', (error) => {
      if (this.#socket === socket) this.fail(nameOf(error))
    })
    socket.on('close', () => {
      if (this.#socket === socket) this.fail('connection closed before the end of the answer')
    })
  }

  #read(bytes: Buffer, length: number): void {
    const reader = this.#reader
    if (!this.busy) {
      this.busy = true
      this.fail('bytes after the answer')
      return
    }
    try {
      if (reader.push(bytes, 0, length) < length) throw new Error('bytes after the answer')
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error))
      return
    }
    if (!reader.done) return
    if (reader.status !== 200) this.fail(`status ${reader.status}`)
    else if (reader.bodyBytes !== this.#load.expected) this.fail(`body of ${reader.bodyBytes} bytes`)
    else {
      this.busy = false
      // The contender closes it; this side has let go of it already.
      if (this.#load.reconnect) this.#socket = null
      this.#load.answered(this, performance.now() - this.#began)
    }
  }
}

export interface LoadFigures {
  readonly requests: number
  readonly faults: readonly string[]
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/**
 *    open()   every connection is opened and answers once        not counted
 *    run(ms)  each sends its next request at once, until the time is over and all are answered
 *    close()
 */
export class Load {
  readonly address: Address
  readonly expected: number
  readonly reconnect: boolean
  readonly #clients: readonly Client[]
  readonly #requests: readonly string[]
  readonly #faults = new Faults()
  #latencies = new Latencies()
  #next = 0
  #answered = 0
  #open = 0
  #until = 0
  #finished: (() => void) | null = null

  constructor(address: Address, shape: LoadShape) {
    this.address = address
    this.expected = answerLength(shape.kind)
    this.reconnect = shape.reconnect ?? false
    this.#requests = wireRequests(shape.kind, this.reconnect)
    this.#clients = Array.from({ length: shape.connections }, () => new Client(this))
  }

  async open(): Promise<void> {
    if (this.reconnect) return
    for (let from = 0; from < this.#clients.length; from += OPENING) {
      await this.#send(this.#clients.slice(from, from + OPENING), 0)
    }
  }

  async run(milliseconds: number): Promise<LoadFigures> {
    this.#latencies = new Latencies()
    this.#answered = 0
    await this.#send(this.#clients, performance.now() + milliseconds)
    const [p50, p99] = [0.5, 0.99].map((share) => this.#latencies.quantile(share)) as [number, number]
    return { requests: this.#answered, faults: this.#faults.list(), p50, p99 }
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }

  get faults(): readonly string[] {
    return this.#faults.list()
  }

  answered(client: Client, milliseconds: number): void {
    this.#answered++
    this.#latencies.record(milliseconds)
    this.#goOn(client)
  }

  failed(client: Client, what: string): void {
    this.#faults.count(what)
    this.#goOn(client)
  }

  #goOn(client: Client): void {
    if (performance.now() < this.#until && this.#faults.total < MOST_FAULTS) {
      client.send(this.#request())
      return
    }
    this.#open--
    if (this.#open === 0) this.#finished?.()
  }

  #request(): string {
    const request = this.#requests[this.#next] ?? ''
    this.#next = this.#next + 1 === this.#requests.length ? 0 : this.#next + 1
    return request
  }

  async #send(clients: readonly Client[], until: number): Promise<void> {
    this.#until = until
    this.#open = clients.length
    const watchdog = setInterval(() => {
      const now = performance.now()
      for (const client of clients) if (client.stalled(now)) client.fail('no answer for 10 s')
    }, 1_000)
    try {
      await new Promise<void>((finished) => {
        this.#finished = finished
        for (const client of clients) client.send(this.#request())
      })
    } finally {
      clearInterval(watchdog)
    }
  }
}
