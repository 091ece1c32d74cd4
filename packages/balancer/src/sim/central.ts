import { Completions } from './completions.ts'
import { loadScenario } from './load-scenario.ts'
import { describeLatency, percentilesOf } from './percentiles.ts'
import type { Percentiles } from './result.ts'
import { allServers, type Scenario, type ScenarioInput } from './scenario.ts'
import { drawTrace, type Trace } from './trace.ts'

/**
 * The reference: what one queue in front of all servers would have achieved on the same trace, an idle worker never
 * standing beside a waiting request. The fastest free server of the moment is served first; no errors, no hangs, no
 * time-outs. Not a strict lower bound: waiting for a fast server may beat a free slow one.
 */
export function central(scenario: ScenarioInput, options: { readonly seed?: number } = {}): Percentiles {
  const loaded = loadScenario(scenario)
  return centralOf(loaded, drawTrace(loaded, options.seed ?? loaded.seed))
}

export function centralOf(scenario: Scenario, trace: Trace): Percentiles {
  return percentilesOf(describeLatency(new CentralQueue(scenario, trace).run()))
}

class CentralQueue {
  readonly #scenario: Scenario
  readonly #trace: Trace
  readonly #completions = new Completions()
  readonly #speed: Float64Array
  /** Free workers by server; of the members only those are looked at that take new work. */
  readonly #free: Int32Array
  readonly #serving: boolean[]
  /** Free workers of all serving servers. */
  #idle = 0
  readonly #serverOf: Int32Array
  readonly #latency: Float64Array
  /** Requests in the queue are those from here up to the next arrival: first in, first out. */
  #head = 0

  constructor(scenario: Scenario, trace: Trace) {
    const servers = allServers(scenario)
    this.#scenario = scenario
    this.#trace = trace
    this.#speed = Float64Array.from(trace.speeds.initial)
    this.#free = Int32Array.from(servers, ({ workers }) => workers)
    this.#serving = servers.map((_, index) => index < scenario.servers.count)
    this.#recountIdle()
    this.#serverOf = new Int32Array(trace.at.length)
    this.#latency = new Float64Array(trace.at.length)
  }

  /** Latencies of the measured requests. */
  run(): Float64Array {
    const { churn, networkMs, warmupMs } = this.#scenario
    const { at, speeds } = this.#trace
    const requests = at.length
    let changes = 0
    let steps = 0
    let arrived = 0
    let finished = 0
    while (finished < requests) {
      const change = churn[changes]
      const step = speeds.steps[steps]
      const changeAt = change?.atMs ?? Number.POSITIVE_INFINITY
      const stepAt = step?.atMs ?? Number.POSITIVE_INFINITY
      const arriveAt = arrived < requests ? (at[arrived] as number) + networkMs : Number.POSITIVE_INFINITY
      const completeAt = this.#completions.next
      if (change !== undefined && changeAt <= stepAt && changeAt <= arriveAt && changeAt <= completeAt) {
        changes++
        if (change.op !== 'weight') this.#serving[change.server] = change.op === 'add'
        this.#recountIdle()
        this.#dispatch(changeAt, arrived)
      } else if (step !== undefined && stepAt <= arriveAt && stepAt <= completeAt) {
        steps++
        this.#speed[step.server] = step.speed
      } else if (arriveAt <= completeAt) {
        if (completeAt === Number.POSITIVE_INFINITY && arriveAt === completeAt) break
        arrived++
        this.#dispatch(arriveAt, arrived)
      } else {
        finished++
        this.#complete(completeAt, arrived)
      }
    }
    // Without any serving server left, the rest of the queue is never served and has no latency.
    let from = 0
    while (from < requests && (at[from] as number) < warmupMs) from++
    return this.#latency.slice(from, Math.max(from, this.#head))
  }

  #dispatch(now: number, arrived: number): void {
    const { work } = this.#trace
    while (this.#idle > 0 && this.#head < arrived) {
      const server = this.#fastestFree()
      const request = this.#head++
      this.#idle--
      this.#free[server] = (this.#free[server] as number) - 1
      this.#serverOf[request] = server
      this.#completions.push(now + (work[request] as number) / (this.#speed[server] as number), request)
    }
  }

  #complete(now: number, arrived: number): void {
    const request = this.#completions.pop()
    const server = this.#serverOf[request] as number
    this.#latency[request] = now + this.#scenario.networkMs - (this.#trace.at[request] as number)
    this.#free[server] = (this.#free[server] as number) + 1
    if (this.#serving[server] !== true) return
    this.#idle++
    this.#dispatch(now, arrived)
  }

  #fastestFree(): number {
    let best = -1
    for (let server = 0; server < this.#free.length; server++) {
      if (this.#free[server] === 0 || this.#serving[server] !== true) continue
      if (best === -1 || (this.#speed[server] as number) > (this.#speed[best] as number)) best = server
    }
    return best
  }

  #recountIdle(): void {
    this.#idle = 0
    for (const [server, serving] of this.#serving.entries()) if (serving) this.#idle += this.#free[server] as number
  }
}
