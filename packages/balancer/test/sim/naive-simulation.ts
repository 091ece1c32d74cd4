import { stream } from '../../src/sim/random.ts'
import { allServers, type Scenario } from '../../src/sim/scenario.ts'
import type { Trace } from '../../src/sim/trace.ts'

/** What happens at a time; at equal times the lower rank first, then what was scheduled first. */
interface Happening {
  readonly at: number
  readonly rank: number
  readonly run: () => void
}

class Agenda {
  now = 0
  #happenings: Happening[] = []

  schedule(at: number, rank: number, run: () => void): void {
    this.#happenings.push({ at, rank, run })
  }

  work(): void {
    while (this.#happenings.length > 0) {
      // The first of the least: a stable sort each time, slow and plain.
      const next = this.#happenings.toSorted((one, other) => one.at - other.at || one.rank - other.rank)[0] as Happening
      this.#happenings.splice(this.#happenings.indexOf(next), 1)
      this.now = next.at
      next.run()
    }
  }
}

interface Served {
  readonly latencies: number[]
  readonly errors: number
  readonly timeouts: number
  readonly maxInFlight: number
  readonly sent: number[]
}

/** The model once more, for the `legacy` policy: closures on a list, arrays as queues. */
export function naiveLegacy(scenario: Scenario, trace: Trace, seed: number): Served {
  const { networkMs, timeoutMs, churn, faults } = scenario
  const agenda = new Agenda()
  const random = stream(seed, 'faults')
  const servers = allServers(scenario).map(({ workers }, index) => ({
    speed: trace.speeds.initial[index] as number,
    workers,
    busy: 0,
    queue: [] as number[],
  }))
  const members = new Set(Array.from({ length: scenario.servers.count }, (_, index) => index))
  const instances = Array.from({ length: scenario.instances }, () => ({ pins: new Map<number, number>(), turn: 0 }))
  const outcome: ('waiting' | 'ok' | 'error' | 'timeout')[] = [...trace.at].map(() => 'waiting')
  const latency: number[] = []
  const sent: number[] = []
  let maxInFlight = 0

  for (const { atMs, op, server } of churn) {
    agenda.schedule(atMs, 0, () => {
      if (op === 'add') members.add(server)
      if (op === 'remove') members.delete(server)
    })
  }
  for (const { atMs, server, speed } of trace.speeds.steps) {
    agenda.schedule(atMs, 1, () => {
      ;(servers[server] as (typeof servers)[number]).speed = speed
    })
  }
  const end = (request: number, how: 'ok' | 'error' | 'timeout'): void => {
    if (outcome[request] !== 'waiting') return
    outcome[request] = how
    latency[request] = how === 'timeout' ? timeoutMs : agenda.now - (trace.at[request] as number)
  }
  const start = (request: number, index: number): void => {
    const server = servers[index] as (typeof servers)[number]
    server.busy++
    agenda.schedule(agenda.now + (trace.work[request] as number) / server.speed, 4, () => {
      server.busy--
      const next = server.queue.shift()
      if (next !== undefined) start(next, index)
      agenda.schedule(agenda.now + networkMs, 5, () => end(request, 'ok'))
    })
  }
  const reach = (request: number, index: number): void => {
    const fault = faults
      .filter(({ kind, server }) => kind !== 'slow' && server.includes(index))
      .find(
        ({ fromMs, toMs, probability }) =>
          agenda.now >= fromMs && agenda.now < toMs && (probability === 1 || random() < probability),
      )
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'error') {
      agenda.schedule(agenda.now + fault.afterMs, 4, () => {
        agenda.schedule(agenda.now + networkMs, 5, () => end(request, 'error'))
      })
      return
    }
    const server = servers[index] as (typeof servers)[number]
    maxInFlight = Math.max(maxInFlight, server.busy + server.queue.length + 1)
    if (server.busy < server.workers) start(request, index)
    else server.queue.push(request)
  }
  for (const [request, at] of trace.at.entries()) {
    agenda.schedule(at, 2, () => {
      const instance = instances[trace.instance[request] as number] as (typeof instances)[number]
      const session = trace.session[request] as number
      let index = session < 0 ? undefined : instance.pins.get(session)
      if (index === undefined || !members.has(index)) {
        if (members.size === 0) {
          outcome[request] = 'error'
          return
        }
        index = [...members][instance.turn++ % members.size] as number
        if (session >= 0) instance.pins.set(session, index)
      }
      sent[request] = index
      const chosen = index
      agenda.schedule(at + networkMs, 3, () => reach(request, chosen))
      agenda.schedule(at + timeoutMs, 6, () => end(request, 'timeout'))
    })
  }
  agenda.work()
  const measured = [...outcome.keys()].filter((request) => (trace.at[request] as number) >= scenario.warmupMs)
  const count = (how: string): number => measured.filter((request) => outcome[request] === how).length
  return {
    latencies: measured.filter((request) => outcome[request] !== 'error').map((request) => latency[request] as number),
    errors: count('error'),
    timeouts: count('timeout'),
    maxInFlight,
    sent,
  }
}

/** The central queue once more. */
export function naiveCentral(scenario: Scenario, trace: Trace): number[] {
  const agenda = new Agenda()
  const servers = allServers(scenario).map(({ workers }, index) => ({
    speed: trace.speeds.initial[index] as number,
    free: workers,
    serving: index < scenario.servers.count,
  }))
  const queue: number[] = []
  const latency = new Map<number, number>()
  const dispatch = (): void => {
    for (;;) {
      const free = servers.filter((server) => server.free > 0 && server.serving)
      const fastest = free.toSorted((one, other) => other.speed - one.speed)[0]
      const request = fastest === undefined ? undefined : queue.shift()
      if (fastest === undefined || request === undefined) return
      fastest.free--
      agenda.schedule(agenda.now + (trace.work[request] as number) / fastest.speed, 3, () => {
        fastest.free++
        latency.set(request, agenda.now + scenario.networkMs - (trace.at[request] as number))
        dispatch()
      })
    }
  }
  for (const { atMs, op, server } of scenario.churn) {
    agenda.schedule(atMs, 0, () => {
      if (op !== 'weight') (servers[server] as (typeof servers)[number]).serving = op === 'add'
      dispatch()
    })
  }
  for (const { atMs, server, speed } of trace.speeds.steps) {
    agenda.schedule(atMs, 1, () => {
      ;(servers[server] as (typeof servers)[number]).speed = speed
    })
  }
  for (const [request, at] of trace.at.entries()) {
    agenda.schedule(at + scenario.networkMs, 2, () => {
      queue.push(request)
      dispatch()
    })
  }
  agenda.work()
  return [...latency.entries()]
    .filter(([request]) => (trace.at[request] as number) >= scenario.warmupMs)
    .map(([, taken]) => taken)
}
