import { type DrawnArrivals, drawArrivals } from './arrivals.ts'
import { type Random, stream } from './random.ts'
import type { Scenario, SessionSpec, TraceEvent } from './scenario.ts'
import { drawSpeeds, type Speeds } from './speeds.ts'
import { drawWork } from './work.ts'

/**
 * Everything that happens to the balancers and not through them, drawn before any policy runs and the same for all.
 *
 *   request     0      1      2   …
 *   at          0.4    0.9    1.3     arrival at the instance, ms, in order
 *   work        7.1   12.0    3.3     service time at speed 1, ms
 *   instance    4      0      9
 *   session    17     -1      3       -1: none
 */
export interface Trace {
  readonly at: Float64Array
  readonly work: Float64Array
  readonly instance: Uint16Array
  readonly session: Int32Array
  readonly speeds: Speeds
  /** 8 hexadecimal digits over all of the above. */
  readonly hash: string
}

export function drawTrace(scenario: Scenario, seed: number): Trace {
  const speeds = drawSpeeds(scenario, seed)
  const { arrivals, durationMs } = scenario
  const { at, work, session } =
    arrivals.process === 'trace' ? replay(arrivals.events, durationMs) : draw(scenario, arrivals, speeds.capacity, seed)
  const instance = drawInstances(scenario, session, seed)
  const steps = Float64Array.from(speeds.steps.flatMap(({ atMs, server, speed }) => [atMs, server, speed]))
  const hash = fingerprint([Float64Array.from(speeds.initial), steps, at, work, instance, session])
  return { at, work, instance, session, speeds, hash }
}

type Requests = Pick<Trace, 'at' | 'work' | 'session'>

function draw(scenario: Scenario, arrivals: DrawnArrivals, capacity: number, seed: number): Requests {
  const at = drawArrivals(scenario, arrivals, capacity, seed)
  const work = drawWork(scenario.work, at.length, seed)
  const session = new Int32Array(at.length).fill(-1)
  if (scenario.sessions !== null) drawSessions(session, scenario.sessions, seed)
  return { at, work, session }
}

function replay(recorded: readonly TraceEvent[], durationMs: number): Requests {
  const events = recorded.filter(([at]) => at < durationMs)
  return {
    at: Float64Array.from(events, ([at]) => at),
    work: Float64Array.from(events, ([, work]) => work),
    session: Int32Array.from(events, ([, , session]) => session ?? -1),
  }
}

function drawSessions(session: Int32Array, { count, zipf, share }: SessionSpec, seed: number): void {
  const random = stream(seed, 'session')
  // Sums of the weights of the sessions 0 to i; a draw is a binary search.
  const sums = new Float64Array(count)
  let sum = 0
  for (let index = 0; index < count; index++) {
    sum += (index + 1) ** -zipf
    sums[index] = sum
  }
  for (let request = 0; request < session.length; request++) {
    if (share < 1 && random() >= share) continue
    session[request] = firstAbove(sums, random() * sum)
  }
}

function firstAbove(sums: Float64Array, value: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sums[middle] as number) > value) high = middle
    else low = middle + 1
  }
  return low
}

function drawInstances({ instances, sessions }: Scenario, session: Int32Array, seed: number): Uint16Array {
  const random: Random = stream(seed, 'instance')
  const chosen = new Uint16Array(session.length)
  for (let request = 0; request < chosen.length; request++) {
    const any = Math.floor(random() * instances)
    const id = session[request] as number
    chosen[request] = sessions?.routing === 'pinned' && id >= 0 ? id % instances : any
  }
  return chosen
}

/** FNV-1a over words of 32 bits. */
function fingerprint(arrays: readonly (Float64Array | Uint16Array | Int32Array)[]): string {
  let hash = 0x811c9dc5
  for (const array of arrays) {
    const words =
      array instanceof Float64Array ? new Uint32Array(array.buffer, array.byteOffset, array.length * 2) : array
    for (let index = 0; index < words.length; index++) hash = Math.imul(hash ^ (words[index] as number), 16777619)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
