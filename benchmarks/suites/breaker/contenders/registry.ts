// Ours, a breaker per key in one registry.
import { BreakerRegistry } from '@breakwater/breaker'
import { type Contender, wrapping } from '../protected-call.ts'

const KEY = 'host-0.example'

export const contender: Contender = {
  protect({ work, records }) {
    const registry = new BreakerRegistry()
    for (let record = 0; record < records; record++) registry.success(registry.tryAcquire(KEY))
    let held = 0
    const call = (input: number): Promise<number> => {
      // As permit: the caller has awaited the call before.
      if (held !== 0) registry.success(held)
      held = registry.tryAcquire(KEY)
      return work(input)
    }
    return wrapping(call, {
      open: () => registry.forceState(KEY, 'open', { forMs: Number.MAX_SAFE_INTEGER }),
      metrics: () => registry.getMetrics(KEY).recent.total,
      breaker: registry,
    })
  },
  crowd(count) {
    const registry = new BreakerRegistry({ maxKeys: count })
    for (let index = 0; index < count; index++) {
      // Flat, as text from a request is; the text is in the figure.
      const key = Buffer.from(`host-${index}.example`).toString('latin1')
      registry.success(registry.tryAcquire(key))
    }
    return registry
  },
}
