// cockatiel 4 with its time window.
import { circuitBreaker, handleAll, SamplingBreaker } from 'cockatiel'
import { type Contender, without, wrapping } from '../protected-call.ts'

export const contender: Contender = {
  protect({ work, records, failures }) {
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: 30_000,
      // Never enough calls a second: it stays closed though every call fails.
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 60_000, minimumRps: failures ? 1e9 : 10 }),
    })
    for (let record = 0; record < records; record++) void policy.execute(() => 1)
    let next = 0
    const action = (): Promise<number> => work(next)
    const call = (input: number): Promise<number> => {
      next = input
      return policy.execute(action)
    }
    return wrapping(call, { open: () => void policy.isolate(), metrics: without('metrics'), breaker: policy })
  },
}
