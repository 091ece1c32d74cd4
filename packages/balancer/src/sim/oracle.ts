import type { PickReason } from '../lease.ts'
import { type Contender, NO_TROUBLES, type Stage, type Troubles } from './contender.ts'
import type { TrueState } from './servers.ts'

/**
 * Knows what no balancer can know: the true speeds of now and what all instances together have sent to each server.
 * Takes the least (max(0, o + 1 - c) / c + 1) / speed, where o are the requests there and c its workers; the lowest
 * index among equals.
 */
export class Oracle implements Contender {
  readonly reason: PickReason = 'new'
  readonly #truth: TrueState
  readonly #candidates: number[]

  constructor({ truth, scenario }: Stage) {
    this.#truth = truth
    this.#candidates = Array.from({ length: scenario.servers.count }, (_, server) => server)
  }

  pick(): number {
    const { speed, workers, assigned } = this.#truth
    let best = -1
    let least = Number.POSITIVE_INFINITY
    for (const server of this.#candidates) {
      const width = workers[server] as number
      const waiting = Math.max(0, (assigned[server] as number) + 1 - width)
      const cost = (waiting / width + 1) / (speed[server] as number)
      if (cost >= least) continue
      least = cost
      best = server
    }
    return best
  }

  done(): void {}

  add(server: number): void {
    this.#candidates.push(server)
  }

  remove(server: number): void {
    this.drain(server)
  }

  drain(server: number): void {
    const index = this.#candidates.indexOf(server)
    if (index >= 0) this.#candidates.splice(index, 1)
  }

  setWeight(): void {}

  troubles(): Troubles {
    return NO_TROUBLES
  }
}
