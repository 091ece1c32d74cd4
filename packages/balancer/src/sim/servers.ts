import { Completions } from './completions.ts'
import { allServers, type Scenario } from './scenario.ts'
import type { Trace } from './trace.ts'

/** What an all-knowing balancer would look at. */
export interface TrueState {
  /** Current speed by server. */
  readonly speed: Float64Array
  readonly workers: Int32Array
  /** Requests sent to the server and not yet finished there, by all instances. */
  readonly assigned: Int32Array
}

/**
 * The servers: each a number of workers behind one unbounded first-in-first-out queue.
 *
 *   arrive ─► worker free? ── yes ─► in service until now + work / speed ─► finish ─► next of the queue
 *                  └── no ─► queue:  heads[s] ─► following[…] ─► … ─► tails[s]
 *
 * A change of speed does not touch the requests in service.
 */
export class Servers implements TrueState {
  readonly speed: Float64Array
  readonly workers: Int32Array
  readonly assigned: Int32Array
  readonly completions: Completions = new Completions()
  /** Largest number queued and in service on one server. */
  maxInFlight = 0
  readonly #work: Float64Array
  readonly #present: Int32Array
  readonly #heads: Int32Array
  readonly #tails: Int32Array
  /** The request behind a queued one. */
  readonly #following: Int32Array

  constructor(scenario: Scenario, trace: Trace) {
    const servers = allServers(scenario)
    this.speed = Float64Array.from(trace.speeds.initial)
    this.workers = Int32Array.from(servers, ({ workers }) => workers)
    this.assigned = new Int32Array(servers.length)
    this.#work = trace.work
    this.#present = new Int32Array(servers.length)
    this.#heads = new Int32Array(servers.length).fill(-1)
    this.#tails = new Int32Array(servers.length).fill(-1)
    this.#following = new Int32Array(trace.at.length).fill(-1)
  }

  arrive(request: number, server: number, now: number): void {
    const present = (this.#present[server] as number) + 1
    this.#present[server] = present
    if (present > this.maxInFlight) this.maxInFlight = present
    if (present <= (this.workers[server] as number)) {
      this.#start(request, server, now)
      return
    }
    const tail = this.#tails[server] as number
    if (tail === -1) this.#heads[server] = request
    else this.#following[tail] = request
    this.#tails[server] = request
  }

  /** A worker of the server became free. */
  finish(server: number, now: number): void {
    this.#present[server] = (this.#present[server] as number) - 1
    const head = this.#heads[server] as number
    if (head === -1) return
    const next = this.#following[head] as number
    this.#heads[server] = next
    if (next === -1) this.#tails[server] = -1
    this.#start(head, server, now)
  }

  #start(request: number, server: number, now: number): void {
    this.completions.push(now + (this.#work[request] as number) / (this.speed[server] as number), request)
  }
}
