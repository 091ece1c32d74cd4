import { exponential, normal, stream } from './random.ts'
import type { WorkSpec } from './scenario.ts'

/** The least a normal sample may be, of a mean of 1: work is never negative. */
const LEAST = 0.05

/** Service times at speed 1, rescaled to a mean of exactly `meanMs`, so that a load means the same for every seed. */
export function drawWork({ dist, meanMs, cv }: WorkSpec, requests: number, seed: number): Float64Array {
  const sample = sampler(dist, cv, seed)
  const work = new Float64Array(requests)
  let sum = 0
  for (let request = 0; request < requests; request++) {
    const amount = sample()
    work[request] = amount
    sum += amount
  }
  const scale = (meanMs * requests) / sum
  for (let request = 0; request < requests; request++) work[request] = (work[request] as number) * scale
  return work
}

function sampler(dist: WorkSpec['dist'], cv: number, seed: number): () => number {
  const random = stream(seed, 'work')
  switch (dist) {
    case 'constant':
      return () => 1
    case 'exponential':
      return () => exponential(random, 1)
    case 'lognormal': {
      const variance = Math.log(1 + cv * cv)
      return () => Math.exp(-variance / 2 + Math.sqrt(variance) * normal(random))
    }
    case 'normal':
      return () => {
        let amount = 1 + cv * normal(random)
        while (amount < LEAST) amount = 1 + cv * normal(random)
        return amount
      }
  }
}
