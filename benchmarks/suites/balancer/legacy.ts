// The second design, written anew from its description: the enabled endpoints are filtered out of the list on each call,
// a session's endpoint is looked for in what is left. The original is asynchronous; only its synchronous body is here.
import { type Balancing, unsupported } from './balancing.ts'

interface Channel {
  readonly id: string
  readonly index: number
  readonly enabled: boolean
  requestCount: number
}

const EXPIRY_MS = 18_000_000

class LegacyBalancing implements Balancing {
  readonly #channels: Channel[]
  readonly #sessions = new Map<string, { readonly channelId: string; readonly timestamp: number }>()
  #next = 0

  constructor(endpoints: number) {
    this.#channels = Array.from({ length: endpoints }, (_, index) => ({
      id: `endpoint-${index}`,
      index,
      enabled: true,
      requestCount: 0,
    }))
  }

  pick(): number {
    const enabled = this.#channels.filter((channel) => channel.enabled)
    return this.#place(enabled).index
  }

  pickFor(session: string): number {
    const enabled = this.#channels.filter((channel) => channel.enabled)
    const entry = this.#sessions.get(session)
    if (entry !== undefined && Date.now() - entry.timestamp < EXPIRY_MS) {
      const pinned = enabled.find((channel) => channel.id === entry.channelId)
      if (pinned !== undefined) return pinned.index
    }
    const placed = this.#place(enabled)
    this.#sessions.set(session, { channelId: placed.id, timestamp: Date.now() })
    return placed.index
  }

  serve(): number {
    return unsupported()
  }

  #place(enabled: readonly Channel[]): Channel {
    // An index over the filtered list, as in the original.
    const channel = enabled[this.#next % enabled.length] as Channel
    this.#next++
    return channel
  }
}

export function createBalancing(endpoints: number): Balancing {
  return new LegacyBalancing(endpoints)
}
