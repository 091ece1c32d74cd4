// The format written down once more, as plainly as possible: lists, filters, no shared code with the library. It proves
// the vectors, and the differential test compares the library with it on sequences nobody thought of.
import type { Implementation, Subject } from '../implementation.ts'
import {
  allowedFailures,
  type Config,
  EXPECT_KEYS,
  type Observation,
  RATE_TOLERANCE,
  type SettledAs,
  type State,
} from '../vector.ts'
import type { VirtualTime } from '../virtual-time.ts'

interface Result {
  readonly at: number
  readonly failed: boolean
  readonly slow: boolean
}

interface Episode {
  readonly since: number
  readonly results: Result[]
  /** In flight or recorded. */
  taken: number
}

export class Oracle implements Subject {
  readonly #config: Config
  readonly #time: Pick<VirtualTime, 'now'>
  #state: State = 'closed'
  #generation = 0
  /** Since the last clearing, oldest first; nothing is ever dropped, reading filters. */
  #results: Result[] = []
  #run = 0
  /** Probes were recorded since the last clearing: whether they belong to the run of failures is not said. */
  probed = false
  /** Since the last close. */
  #opens = 0
  #openUntil = 0
  #episode: Episode = { since: 0, results: [], taken: 0 }
  #inFlight = new Map<string, { readonly generation: number }>()
  #handles = new Set<string>()
  #reported = false
  #anonymous = 0
  #rejected = 0
  #openEvents = 0
  #thresholdEvents = 0

  constructor(config: Config, time: Pick<VirtualTime, 'now'>) {
    this.#config = config
    this.#time = time
  }

  acquire(call: string = `anonymous ${this.#anonymous++}`): boolean {
    this.#applyDue()
    const admitted = this.#admit()
    if (admitted) this.#inFlight.set(call, { generation: this.#generation })
    else this.#rejected++
    return admitted
  }

  settle(call: string, outcome: SettledAs, ms: number): void {
    this.#applyDue()
    const current = this.#end(call)
    if (!current) return
    if (outcome === 'ignore') this.#giveBack()
    else this.#record(outcome !== 'ok', this.#config.slowMs !== undefined && ms > this.#config.slowMs)
  }

  release(call: string): void {
    this.#applyDue()
    if (this.#end(call)) this.#giveBack()
  }

  force(to: State, forMs: number | undefined): void {
    this.#applyDue()
    this.#handles.clear()
    if (to === 'closed') this.#close()
    else if (to === 'open') this.#open(this.#time.now(), forMs)
    else if (to === 'half_open') this.#halfOpen()
    else {
      this.#clear()
      this.#enter(to)
    }
  }

  reset(): void {
    this.force('closed', undefined)
  }

  isolate(handle: string): void {
    this.#applyDue()
    if (this.#state !== 'isolated') {
      this.#clear()
      this.#enter('isolated')
    }
    this.#handles.add(handle)
  }

  dispose(handle: string): void {
    this.#applyDue()
    if (this.#handles.delete(handle) && this.#handles.size === 0 && this.#state === 'isolated') this.#close()
  }

  exportImport(downMs: number): void {
    this.#applyDue()
    const now = this.#time.now()
    this.#inFlight.clear()
    this.#generation++
    if (this.#state === 'open') this.#openUntil = now + Math.max(0, this.#openUntil - now - downMs)
    if (this.#state === 'half_open') {
      this.#enter('open')
      this.#openUntil = now
    }
  }

  observe(): Required<Observation> {
    this.#applyDue()
    const counted = this.#state === 'half_open' ? this.#episode.results : this.#window()
    return {
      state: this.#state,
      total: counted.length,
      failed: counted.filter(({ failed }) => failed).length,
      slow: counted.filter(({ slow }) => slow).length,
      rejected: this.#rejected,
      openEvents: this.#openEvents,
      thresholdEvents: this.#thresholdEvents,
      consecutive: this.#run,
      retryAfterMs: this.#state === 'open' ? Math.max(0, this.#openUntil - this.#time.now()) : 0,
    }
  }

  destroy(): void {}

  #applyDue(): void {
    const { maxWaitMs = 0, maxWaitTo = 'open' } = this.#config.halfOpen
    if (this.#state !== 'half_open' || maxWaitMs === 0) return
    const due = this.#episode.since + maxWaitMs
    if (this.#time.now() < due) return
    if (maxWaitTo === 'closed') this.#close()
    else this.#open(due, undefined)
  }

  #admit(): boolean {
    const { maxConcurrent = Number.POSITIVE_INFINITY, openBoundary = 'inclusive', halfOpen } = this.#config
    if (this.#inFlight.size >= maxConcurrent) return false
    if (this.#state === 'open') {
      const first = openBoundary === 'exclusive' ? this.#openUntil + 1 : this.#openUntil
      if (this.#time.now() < first) return false
      this.#halfOpen()
    }
    if (this.#state === 'isolated') return false
    if (this.#state !== 'half_open') return true
    if (this.#episode.taken >= halfOpen.permits) return false
    this.#episode.taken++
    return true
  }

  /** Frees the slot; true when the call is known, unsettled and of the present generation. */
  #end(call: string): boolean {
    const permit = this.#inFlight.get(call)
    this.#inFlight.delete(call)
    return permit?.generation === this.#generation
  }

  #giveBack(): void {
    if (this.#state === 'half_open') this.#episode.taken--
  }

  #record(failed: boolean, slow: boolean): void {
    const result = { at: this.#time.now(), failed, slow }
    if (this.#state === 'half_open') {
      this.probed = true
      this.#episode.results.push(result)
      this.#decide()
      return
    }
    if (this.#state !== 'closed' && this.#state !== 'metrics_only') return
    this.#results.push(result)
    this.#run = failed ? this.#run + 1 : 0
    if (!this.#tripped()) return
    if (this.#state === 'closed') this.#open(this.#time.now(), undefined)
    else if (!this.#reported) {
      this.#reported = true
      this.#thresholdEvents++
    }
  }

  #window(): Result[] {
    const { window } = this.#config
    if (window.type === 'consecutive') return this.#results
    if (window.type === 'count') return this.#results.slice(-window.size)
    const bucket = (at: number): number => Math.floor(at / window.bucketMs)
    const oldest = bucket(this.#time.now()) - window.ms / window.bucketMs
    return this.#results.filter(({ at }) => bucket(at) > oldest)
  }

  #tripped(): boolean {
    const { window, consecutiveFailures, minimumCalls = 0, failureRate, compare = '>=', slowRate } = this.#config
    if (consecutiveFailures !== undefined && this.#run >= consecutiveFailures) return true
    if (window.type === 'consecutive') return false
    const results = this.#window()
    const total = results.length
    if (total < minimumCalls || total === 0) return false
    const failed = results.filter((result) => result.failed).length / total
    const slow = results.filter((result) => result.slow).length / total
    if (failureRate !== undefined) {
      if (compare === '>' ? failed > failureRate : failed >= failureRate - RATE_TOLERANCE) return true
    }
    return slowRate !== undefined && slow >= slowRate - RATE_TOLERANCE
  }

  #decide(): void {
    const { halfOpen, failureRate, slowRate } = this.#config
    const { results } = this.#episode
    const failed = results.filter((result) => result.failed).length
    const slow = results.filter((result) => result.slow).length
    const complete = results.length >= halfOpen.permits
    if (halfOpen.decide === 'early') {
      if (failed > allowedFailures(halfOpen)) this.#open(this.#time.now(), undefined)
      else if (complete) this.#close()
      return
    }
    if (!complete) return
    const tooMany = (count: number, rate: number | undefined): boolean =>
      rate !== undefined && count / results.length >= rate - RATE_TOLERANCE
    if (tooMany(failed, failureRate) || tooMany(slow, slowRate)) this.#open(this.#time.now(), undefined)
    else this.#close()
  }

  #enter(state: State): void {
    this.#state = state
    this.#generation++
    this.#reported = false
  }

  #clear(): void {
    this.#results = []
    this.#run = 0
    this.probed = false
  }

  #close(): void {
    this.#clear()
    this.#opens = 0
    this.#enter('closed')
  }

  #open(at: number, forMs: number | undefined): void {
    const { openMs, backoff } = this.#config
    this.#opens++
    this.#openEvents++
    this.#openUntil = at + (forMs ?? openMs * (backoff?.factor ?? 1) ** (this.#opens - 1))
    this.#enter('open')
  }

  #halfOpen(): void {
    this.#episode = { since: this.#time.now(), results: [], taken: 0 }
    this.#enter('half_open')
  }
}

export const oracle: Implementation = {
  name: 'oracle',
  title: 'the format as a naive model',
  shows: EXPECT_KEYS,
  settlesLater: false,
  inexpressible: () => undefined,
  create: ({ config }, time) => new Oracle(config, time),
}
