import type { PickReason } from '../lease.ts'
import { type Contender, NO_TROUBLES, type Stage, type Troubles } from './contender.ts'

/**
 * The sticky balancer that gateways are often written with: a map from session to server, never re-pinned while the
 * server is a member, round robin by an index over the list of members for the rest, deaf to errors, weights and
 * drains. After dctx-team/Routex, src/core/loadbalancer.ts at 64f5156, with the bound of its table lifted.
 */
export class Legacy implements Contender {
  reason: PickReason = 'new'
  readonly #members: number[]
  readonly #pins = new Map<number, number>()
  #turn = 0

  constructor({ scenario }: Stage) {
    this.#members = Array.from({ length: scenario.servers.count }, (_, server) => server)
  }

  pick(_request: number, session: number): number {
    const pin = session < 0 ? undefined : this.#pins.get(session)
    if (pin !== undefined && this.#members.includes(pin)) {
      this.reason = 'pinned'
      return pin
    }
    this.reason = pin === undefined ? 'new' : 'removed'
    if (this.#members.length === 0) return -1
    const server = this.#members[this.#turn % this.#members.length] as number
    this.#turn++
    if (session >= 0) this.#pins.set(session, server)
    return server
  }

  done(): void {}

  add(server: number): void {
    this.#members.push(server)
  }

  remove(server: number): void {
    this.#members.splice(this.#members.indexOf(server), 1)
  }

  drain(): void {}

  setWeight(): void {}

  troubles(): Troubles {
    return NO_TROUBLES
  }
}
