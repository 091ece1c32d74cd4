// `least_used` of the second design: the enabled endpoint with the fewest requests since the start, found by a scan.
import { type Balancing, unsupported } from './balancing.ts'

interface Channel {
  readonly index: number
  readonly enabled: boolean
  requestCount: number
}

export function createBalancing(endpoints: number): Balancing {
  const channels: Channel[] = Array.from({ length: endpoints }, (_, index) => ({
    index,
    enabled: true,
    requestCount: 0,
  }))
  return {
    pick() {
      const enabled = channels.filter((channel) => channel.enabled)
      const least = enabled.reduce((best, channel) => (channel.requestCount < best.requestCount ? channel : best))
      least.requestCount++
      return least.index
    },
    pickFor: unsupported,
    serve: unsupported,
  }
}
