// opossum 10: with its defaults, and with everything off that can be switched off.
import { EventEmitter } from 'node:events'
import CircuitBreaker from 'opossum'
import { type Contender, type Setup, wrapping } from '../protected-call.ts'

/** Its own number of buckets. */
const BUCKETS = 10

/**
 * It rotates its buckets by a timer; within a benchmark of half a second they would only fill. Where the window matters
 * its `rotateBucketController` option rotates them by calls instead, so that `records` outcomes stay in it.
 */
function steady({ records }: Setup): { readonly controller: EventEmitter; readonly tick: () => void } {
  const controller = new EventEmitter()
  const each = Math.max(1, Math.floor(records / BUCKETS))
  let calls = 0
  return {
    controller,
    tick() {
      if (++calls < each) return
      calls = 0
      controller.emit('rotate')
    },
  }
}

/** A status that has `records` successes already, rotated by calls. */
function primed(options: CircuitBreaker.Options, records: number, controller: EventEmitter): CircuitBreaker.Status {
  const latencyTimes = Array.from({ length: records }, () => 1)
  return CircuitBreaker.newStatus({
    ...options,
    rotateBucketController: controller,
    stats: { fires: records, successes: records, latencyTimes },
  } as CircuitBreaker.Options)
}

function opossum(options: CircuitBreaker.Options): Contender {
  return {
    protect(setup) {
      const { work, records, failures } = setup
      const window = failures ? steady(setup) : undefined
      const breaker = new CircuitBreaker(work, {
        ...options,
        // Above 100 % there is nothing: it stays closed.
        ...(failures ? { errorThresholdPercentage: 100 } : {}),
        ...(window === undefined ? {} : { status: primed(options, records, window.controller) }),
      })
      const call =
        window === undefined
          ? (input: number): Promise<number> => breaker.fire(input)
          : (input: number): Promise<number> => {
              window.tick()
              return breaker.fire(input)
            }
      return wrapping(call, {
        open: () => breaker.open(),
        metrics: () => breaker.stats.fires,
        breaker,
      })
    },
  }
}

export const defaults: Contender = opossum({})
export const lean: Contender = opossum({ timeout: false, enableSnapshots: false, rollingPercentilesEnabled: false })
