import { LoadBalancer } from '../balancer.ts'
import type { Lease, PickReason } from '../lease.ts'
import type { LoadBalancerOptions } from '../options.ts'
import type { Contender, ReplyOutcome, Stage, Troubles } from './contender.ts'
import { seedWords, stream } from './random.ts'
import { allServers } from './scenario.ts'

/** What a policy chooses; clock, randomness and the seed of the session hash are the simulation's. */
export type ShippedOptions = Omit<LoadBalancerOptions<number>, 'clock' | 'random' | 'isAvailable'>

/** One balancer of this package per instance: what ships is what is simulated. */
export function recruitShipped(stage: Stage, options: ShippedOptions): Contender[] {
  // Requests are numbered across the instances, so one array holds the leases of all.
  const leases: (Lease<number> | null)[] = new Array(stage.requests).fill(null)
  const names = new SessionNames()
  // One seed for all instances: what depends on nothing but the session's id agrees between them.
  const seed = seedWords(stage.seed, 'session-hash')
  const { servers } = stage.scenario
  const initial = allServers(stage.scenario)
    .slice(0, servers.count)
    .map(({ weight }, server) => ({ id: nameOf(server), value: server, weight }))
  return Array.from({ length: stage.scenario.instances }, (_, index) => {
    const balancer = new LoadBalancer<number>(initial, {
      ...options,
      session: options.session === false ? false : { ...options.session, seed },
      clock: stage.clock,
      random: stream(stage.seed, `balancer-${index}`),
    })
    return new Shipped(balancer, leases, names)
  })
}

/** Room for every session of the scenario: what a full table does is another question than what a policy does. */
export function sessionCapacity({ scenario }: Stage): number {
  const { arrivals, sessions } = scenario
  const recorded = arrivals.process === 'trace' ? arrivals.events.length : 0
  return Math.max(10_000, 2 * Math.max(sessions?.count ?? 0, recorded))
}

class Shipped implements Contender {
  reason: PickReason = 'new'
  readonly #balancer: LoadBalancer<number>
  readonly #leases: (Lease<number> | null)[]
  readonly #names: SessionNames

  constructor(balancer: LoadBalancer<number>, leases: (Lease<number> | null)[], names: SessionNames) {
    this.#balancer = balancer
    this.#leases = leases
    this.#names = names
  }

  pick(request: number, session: number): number {
    const lease = this.#balancer.pick(session < 0 ? undefined : { sessionId: this.#names.of(session) })
    if (lease === null) return -1
    this.#leases[request] = lease
    this.reason = lease.reason
    return lease.endpoint.value
  }

  done(request: number, outcome: ReplyOutcome): void {
    this.#leases[request]?.done(outcome)
    this.#leases[request] = null
  }

  add(server: number, weight: number): void {
    this.#balancer.add({ id: nameOf(server), value: server, weight })
  }

  remove(server: number): void {
    this.#balancer.remove(nameOf(server))
  }

  drain(server: number): void {
    this.#balancer.drain(nameOf(server))
  }

  setWeight(server: number, weight: number): void {
    this.#balancer.setWeight(nameOf(server), weight)
  }

  troubles(): Troubles {
    return this.#balancer.totals()
  }
}

function nameOf(server: number): string {
  return `server-${server}`
}

/** A session's id, made once and not once per request. */
class SessionNames {
  readonly #names = new Map<number, string>()

  of(session: number): string {
    const known = this.#names.get(session)
    if (known !== undefined) return known
    const name = `session-${session}`
    this.#names.set(session, name)
    return name
  }
}
