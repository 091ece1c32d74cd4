import { Cache, type CacheOptions, type LoaderContext } from '../src/index.ts'
import { type Deferred, deferred, VirtualClock } from './harness.ts'

export interface Call {
  readonly key: string
  readonly context: LoaderContext<number>
  readonly result: Deferred<number>
}

export interface LoadingCache {
  readonly cache: Cache<string, number>
  readonly clock: VirtualClock
  readonly load: (key: string, context: LoaderContext<number>) => Promise<number>
  readonly calls: Call[]
  /** The n-th call of the loader, to be answered. */
  call(index: number): Call
  /** Errors that onError was told. */
  readonly errors: unknown[]
}

/** A cache with a virtual clock and a loader that is answered by hand. */
export function loadingCache(options: Partial<CacheOptions<string, number>> = {}): LoadingCache {
  const calls: Call[] = []
  const clock = new VirtualClock()
  const errors: unknown[] = []
  const cache = new Cache<string, number>({ max: 10, clock, onError: (...told) => errors.push(told), ...options })
  return {
    cache,
    clock,
    calls,
    errors,
    load(key, context) {
      const call = { key, context, result: deferred<number>() }
      calls.push(call)
      return call.result.promise
    },
    call(index) {
      const found = calls[index]
      if (found === undefined) throw new Error(`The loader was called ${calls.length} times, not ${index + 1}`)
      return found
    },
  }
}
