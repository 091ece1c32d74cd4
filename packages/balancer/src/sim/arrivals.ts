import { ScenarioError } from './errors.ts'
import { exponential, type Random, stream } from './random.ts'
import type { ArrivalSpec, ProfileStep, Scenario } from './scenario.ts'

/** About 80 bytes each are held while a policy runs. */
const MAX_REQUESTS = 20_000_000

export type DrawnArrivals = Exclude<ArrivalSpec, { process: 'trace' }>

/**
 * Arrival times in order, from 0 up to the scenario's duration, for a capacity in work per ms.
 * A Poisson process of varying rate by thinning (Lewis and Shedler 1979): arrivals of the highest rate are drawn, and
 * each is kept with the probability rate(t) / highest rate.
 */
export function drawArrivals(
  scenario: Scenario,
  arrivals: DrawnArrivals,
  capacity: number,
  seed: number,
): Float64Array {
  const base = (arrivals.load * capacity) / scenario.work.meanMs
  const phases = arrivals.process === 'burst' ? new Phases(arrivals, stream(seed, 'phases')) : null
  const steps = new Steps(arrivals.profile)
  const highest = (phases?.highest ?? 1) * steps.highest
  const random = stream(seed, 'arrivals')
  const times = new GrowingTimes()
  if (highest === 0) return times.trimmed()
  const gap = 1 / (base * highest)
  for (let at = exponential(random, gap); at < scenario.durationMs; at += exponential(random, gap)) {
    const share = ((phases?.at(at) ?? 1) * steps.at(at)) / highest
    if (share < 1 && random() >= share) continue
    times.push(at)
  }
  return times.trimmed()
}

/** Low first, then high and low in turn, each for an exponentially distributed time. Asked in order of time. */
class Phases {
  readonly highest: number
  readonly #spec: Extract<ArrivalSpec, { process: 'burst' }>
  readonly #random: Random
  #isHigh = false
  #endsAt: number

  constructor(spec: Extract<ArrivalSpec, { process: 'burst' }>, random: Random) {
    this.#spec = spec
    this.#random = random
    this.highest = Math.max(spec.high, spec.low)
    this.#endsAt = exponential(random, spec.lowMs)
  }

  at(time: number): number {
    const { high, highMs, low, lowMs } = this.#spec
    while (this.#endsAt <= time) {
      this.#isHigh = !this.#isHigh
      this.#endsAt += exponential(this.#random, this.#isHigh ? highMs : lowMs)
    }
    return this.#isHigh ? high : low
  }
}

/** A step function, 1 before the first step. Asked in order of time. */
class Steps {
  readonly highest: number
  readonly #steps: readonly ProfileStep[]
  #next = 0
  #factor = 1

  constructor(steps: readonly ProfileStep[]) {
    this.#steps = steps
    // The 1 before the first step is left out where there is no before.
    const before = steps[0] === undefined || steps[0][0] > 0 ? 1 : 0
    this.highest = Math.max(before, ...steps.map(([, factor]) => factor))
  }

  at(time: number): number {
    for (let step = this.#steps[this.#next]; step !== undefined && step[0] <= time; step = this.#steps[this.#next]) {
      this.#factor = step[1]
      this.#next++
    }
    return this.#factor
  }
}

class GrowingTimes {
  #times: Float64Array<ArrayBuffer> = new Float64Array(4096)
  #length = 0

  push(time: number): void {
    if (this.#length === MAX_REQUESTS) {
      throw new ScenarioError('/arrivals', `makes more than ${MAX_REQUESTS} requests; shorten durationMs or lower load`)
    }
    if (this.#length === this.#times.length) {
      const larger = new Float64Array(this.#length * 2)
      larger.set(this.#times)
      this.#times = larger
    }
    this.#times[this.#length++] = time
  }

  trimmed(): Float64Array {
    return this.#times.slice(0, this.#length)
  }
}
