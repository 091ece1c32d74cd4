import { type Random, stream } from './random.ts'
import { allServers, type FaultSpec, type Scenario } from './scenario.ts'

/** What happens to a request that reaches a server: `error` and `hang` keep it from being served. */
export class Faults {
  readonly #byServer: readonly FaultSpec[][]
  readonly #random: Random

  constructor(scenario: Scenario, seed: number) {
    this.#random = stream(seed, 'faults')
    this.#byServer = allServers(scenario).map((_, server) =>
      scenario.faults.filter((fault) => fault.kind !== 'slow' && fault.server.includes(server)),
    )
  }

  /** The fault that hits a request reaching `server` at `now`; the first of the list that does. */
  hit(server: number, now: number): FaultSpec | null {
    const faults = this.#byServer[server] as FaultSpec[]
    for (const fault of faults) {
      if (now < fault.fromMs || now >= fault.toMs) continue
      if (fault.probability >= 1 || this.#random() < fault.probability) return fault
    }
    return null
  }
}
