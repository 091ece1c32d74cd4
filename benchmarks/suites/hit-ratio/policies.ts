import { Cache } from '@breakwater/cache'
import { arc } from './simulators/arc.ts'
import { fifo, legacy10, sieve } from './simulators/queues.ts'
import { s3fifo } from './simulators/s3-fifo.ts'
import type { CreateSimulator } from './simulators/simulator.ts'
import { twoQueue } from './simulators/two-queue.ts'
import { wTinyLfu, wTinyLfuAdaptive } from './simulators/w-tiny-lfu.ts'

export type PolicyName =
  | 'legacy10'
  | 'lru'
  | 'fifo'
  | 'clock'
  | 'sieve'
  | 's3fifo'
  | '2q'
  | 'arc'
  | 'wtinylfu'
  | 'wtinylfu-adaptive'
  | 'default'

/** The package's cache as a caller uses it: look up, store what was missed. */
function packageCache(policy: 'adaptive' | 'lru' | 'clock'): CreateSimulator {
  return (size) => {
    const cache = new Cache<number, true>({ max: size, policy })
    return {
      request(key) {
        if (cache.get(key) !== undefined) return true
        cache.set(key, true)
        return false
      },
    }
  }
}

const POLICIES: Record<PolicyName, CreateSimulator> = {
  legacy10,
  lru: packageCache('lru'),
  fifo,
  clock: packageCache('clock'),
  sieve,
  s3fifo,
  '2q': twoQueue,
  arc,
  wtinylfu: wTinyLfu,
  'wtinylfu-adaptive': wTinyLfuAdaptive,
  default: packageCache('adaptive'),
}

export const POLICY_NAMES: readonly PolicyName[] = Object.keys(POLICIES) as PolicyName[]

export function isPolicyName(name: string): name is PolicyName {
  return Object.hasOwn(POLICIES, name)
}

/** Hits of one policy on a whole trace. */
export function countHits(policy: PolicyName, size: number, requests: Int32Array, distinct: number): number {
  const simulator = POLICIES[policy](size, distinct)
  let hits = 0
  for (let at = 0; at < requests.length; at++) if (simulator.request(requests[at] as number)) hits++
  return hits
}
