// The first design, written anew from its description: as the second one, but a session is an entry in a Map and a timer
// that nothing renews. The original is asynchronous; only its synchronous body is here.
import { type Balancing, unsupported } from './balancing.ts'

interface Channel {
  readonly id: string
  readonly index: number
  readonly enabled: boolean
}

const EXPIRY_MS = 18_000_000

class TimerBalancing implements Balancing {
  readonly #channels: Channel[]
  readonly #sessions = new Map<string, string>()
  #next = 0

  constructor(endpoints: number) {
    this.#channels = Array.from({ length: endpoints }, (_, index) => ({
      id: `endpoint-${index}`,
      index,
      enabled: true,
    }))
  }

  pick(): number {
    return this.#place(this.#channels.filter((channel) => channel.enabled)).index
  }

  pickFor(session: string): number {
    const enabled = this.#channels.filter((channel) => channel.enabled)
    const pinned = enabled.find((channel) => channel.id === this.#sessions.get(session))
    if (pinned !== undefined) return pinned.index
    const placed = this.#place(enabled)
    this.#sessions.set(session, placed.id)
    // The original does not unref it; here the measured process would never end.
    setTimeout(() => this.#sessions.delete(session), EXPIRY_MS).unref()
    return placed.index
  }

  serve(): number {
    return unsupported()
  }

  #place(enabled: readonly Channel[]): Channel {
    const channel = enabled[this.#next % enabled.length] as Channel
    this.#next++
    return channel
  }
}

export function createBalancing(endpoints: number): Balancing {
  return new TimerBalancing(endpoints)
}
