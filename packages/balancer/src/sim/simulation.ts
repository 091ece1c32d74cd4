import { AffinityWatch } from './affinity.ts'
import { type Contender, NO_TROUBLES, type ReplyOutcome, type Stage, type Troubles } from './contender.ts'
import { Faults } from './faults.ts'
import { describeLatency } from './percentiles.ts'
import type { RunResult } from './result.ts'
import type { ChurnSpec, Scenario } from './scenario.ts'
import { Servers } from './servers.ts'
import type { Trace } from './trace.ts'

type Measurements = Omit<RunResult, 'policy' | 'seed' | 'wallMs' | 'central' | 'ratio'>

const WAITING = 0
const SERVED = 1
const FAILED = 2
const TIMED_OUT = 3

/**
 * One policy against one trace. Six streams of events, each in order of time by itself; the earliest is next, at equal
 * times in this order:
 *
 *   churn ─ speeds ─ arrivals at the instances ─ arrivals at the servers ─ completions ─ replies ─ time-outs
 *           (trace)   at[i]                       at[i] + network           heap          + network   at[i] + timeout
 *
 * Only the completions need a heap: the rest is the trace itself, or a completion after a constant delay.
 */
export class Simulation {
  readonly #scenario: Scenario
  readonly #trace: Trace
  readonly #servers: Servers
  readonly #faults: Faults
  readonly #affinity: AffinityWatch
  readonly #contenders: readonly Contender[]
  #now = 0
  /** By request: where it was sent, -1 for nowhere, and what became of it. */
  readonly #serverOf: Int32Array
  readonly #state: Uint8Array
  readonly #latency: Float64Array
  /** Replies under way, in order of time: a queue in an array, since each request has one at most. */
  readonly #replies: Int32Array
  readonly #replyAt: Float64Array
  #replied = 0
  #replying = 0
  /** At the first measured request. */
  #troublesBefore: Troubles = NO_TROUBLES
  #isMeasuring = false

  constructor(scenario: Scenario, trace: Trace, seed: number, recruit: (stage: Stage) => readonly Contender[]) {
    const requests = trace.at.length
    this.#scenario = scenario
    this.#trace = trace
    this.#servers = new Servers(scenario, trace)
    this.#faults = new Faults(scenario, seed)
    this.#affinity = new AffinityWatch(scenario.warmupMs, scenario.servers.count)
    this.#serverOf = new Int32Array(requests).fill(-1)
    this.#state = new Uint8Array(requests)
    this.#latency = new Float64Array(requests)
    this.#replies = new Int32Array(requests)
    this.#replyAt = new Float64Array(requests)
    this.#contenders = recruit({
      scenario,
      seed,
      requests,
      truth: this.#servers,
      clock: { now: () => this.#now },
    })
  }

  run(): Measurements {
    const { churn, networkMs, timeoutMs } = this.#scenario
    const { at, speeds } = this.#trace
    const { completions } = this.#servers
    const requests = at.length
    const never = Number.POSITIVE_INFINITY
    let changes = 0
    let steps = 0
    let picked = 0
    let arrived = 0
    let expired = 0
    for (;;) {
      while (expired < picked && this.#state[expired] !== WAITING) expired++
      const changeAt = churn[changes]?.atMs ?? never
      const stepAt = speeds.steps[steps]?.atMs ?? never
      const pickAt = picked < requests ? (at[picked] as number) : never
      const arriveAt = arrived < picked ? (at[arrived] as number) + networkMs : never
      const completeAt = completions.next
      const replyAt = this.#replied < this.#replying ? (this.#replyAt[this.#replied] as number) : never
      const expireAt = expired < picked ? (at[expired] as number) + timeoutMs : never
      const earliest = Math.min(pickAt, arriveAt, completeAt, replyAt, expireAt)
      // What is left are changes that no request will see.
      if (earliest === never) break
      this.#now = Math.min(earliest, changeAt, stepAt)
      if (changeAt === this.#now) this.#change(churn[changes++] as ChurnSpec)
      else if (stepAt === this.#now) this.#changeSpeed(steps++)
      else if (pickAt === this.#now) this.#pick(picked++)
      else if (arriveAt === this.#now) this.#arrive(arrived++)
      else if (completeAt === this.#now) this.#complete(completions.pop())
      else if (replyAt === this.#now) this.#reply(this.#replies[this.#replied++] as number)
      else this.#end(expired++, TIMED_OUT, 'timeout')
    }
    return this.#measure()
  }

  #pick(request: number): void {
    if (!this.#isMeasuring && this.#now >= this.#scenario.warmupMs) {
      this.#isMeasuring = true
      this.#troublesBefore = this.#troubles()
    }
    const contender = this.#instanceOf(request)
    const session = this.#trace.session[request] as number
    const server = contender.pick(request, session)
    if (server === -1) {
      this.#state[request] = FAILED
      return
    }
    this.#serverOf[request] = server
    this.#count(server, 1)
    if (session >= 0) this.#affinity.picked(session, server, contender.reason, this.#now)
  }

  #arrive(request: number): void {
    const server = this.#serverOf[request] as number
    if (server === -1) return
    const fault = this.#faults.hit(server, this.#now)
    if (fault === null) this.#servers.arrive(request, server, this.#now)
    // A failed reply is scheduled like a completion; a negative payload tells them apart.
    else if (fault.kind === 'error') this.#servers.completions.push(this.#now + fault.afterMs, ~request)
    else this.#count(server, -1)
  }

  #complete(payload: number): void {
    const failed = payload < 0
    const request = failed ? ~payload : payload
    const server = this.#serverOf[request] as number
    this.#count(server, -1)
    if (!failed) this.#servers.finish(server, this.#now)
    this.#replies[this.#replying] = payload
    this.#replyAt[this.#replying++] = this.#now + this.#scenario.networkMs
  }

  #reply(payload: number): void {
    if (payload < 0) this.#end(~payload, FAILED, 'error')
    else this.#end(payload, SERVED, 'ok')
  }

  #end(request: number, state: number, outcome: ReplyOutcome): void {
    if (this.#state[request] !== WAITING) return
    this.#state[request] = state
    this.#latency[request] =
      state === TIMED_OUT ? this.#scenario.timeoutMs : this.#now - (this.#trace.at[request] as number)
    this.#instanceOf(request).done(request, outcome)
  }

  #change(change: ChurnSpec): void {
    const { op, server, weight } = change
    this.#affinity.changed(change)
    for (const contender of this.#contenders) {
      if (op === 'add') contender.add(server, weight)
      else if (op === 'remove') contender.remove(server)
      else if (op === 'drain') contender.drain(server)
      else contender.setWeight(server, weight)
    }
  }

  #changeSpeed(index: number): void {
    const step = this.#trace.speeds.steps[index]
    if (step !== undefined) this.#servers.speed[step.server] = step.speed
  }

  #count(server: number, change: number): void {
    this.#servers.assigned[server] = (this.#servers.assigned[server] as number) + change
  }

  #instanceOf(request: number): Contender {
    return this.#contenders[this.#trace.instance[request] as number] as Contender
  }

  #troubles(): Troubles {
    let ejections = 0
    let panics = 0
    for (const contender of this.#contenders) {
      const own = contender.troubles()
      ejections += own.ejections
      panics += own.panics
    }
    return { ejections, panics }
  }

  #measure(): Measurements {
    const { at, hash } = this.#trace
    const { ejections, panics } = this.#troubles()
    let from = 0
    while (from < at.length && (at[from] as number) < this.#scenario.warmupMs) from++
    const measured = at.length - from
    const counts = [0, 0, 0, 0]
    for (const state of this.#state.subarray(from)) counts[state] = (counts[state] as number) + 1
    const latencies = this.#latency.slice(from).filter((_, index) => this.#state[from + index] !== FAILED)
    return {
      requests: at.length,
      measured,
      latencyMs: describeLatency(latencies),
      errorShare: measured === 0 ? 0 : (counts[FAILED] as number) / measured,
      timeoutShare: measured === 0 ? 0 : (counts[TIMED_OUT] as number) / measured,
      maxInFlight: this.#servers.maxInFlight,
      affinity: this.#affinity.result(),
      ejections: ejections - this.#troublesBefore.ejections,
      panics: panics - this.#troublesBefore.panics,
      traceHash: hash,
    }
  }
}
