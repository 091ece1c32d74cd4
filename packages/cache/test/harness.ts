import type { Cache } from '../src/cache.ts'
import type { Clock } from '../src/index.ts'
import { inspectCache } from './table-inspection.ts'

/** A clock that stands until it is told to go. */
export class VirtualClock implements Clock {
  time: number

  constructor(start = 0) {
    this.time = start
  }

  now(): number {
    return this.time
  }

  advance(ms: number): void {
    this.time += ms
  }
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Lets every promise that can settle now do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Throws if the parts of the structure contradict each other. */
export function checkStructure<K, V>(cache: Cache<K, V>): void {
  const { slots, order, keys, policySize, free, top, emptied, undisposed } = inspectCache(cache)
  const fail = (what: string): never => {
    throw new Error(`${what}: ${JSON.stringify({ slots, order, policySize, free, top, undisposed })}`)
  }
  const used = new Set(order)
  if (slots.length !== cache.size) fail('Map size differs from size')
  if (slots.length !== order.length || policySize !== order.length) fail('Map size differs from list length')
  if (used.size !== order.length) fail('a slot is linked twice')
  for (const [key, slot] of slots) {
    const at = order.indexOf(slot)
    if (at < 0) fail(`slot ${slot} is mapped but not linked`)
    if (!Object.is(keys[at], key)) fail(`slot ${slot} belongs to another key`)
  }
  if (new Set(free).size !== free.length) fail('a slot is free twice')
  if (free.some((slot) => used.has(slot))) fail('a slot is free and linked')
  if (used.size + free.length !== top) fail('a slot is neither free nor linked')
  if (order.length > cache.getCacheStats().maxSize) fail('the bound is broken')
  if (!emptied) fail('a free slot still holds something')
  if (undisposed !== 0) fail('an entry left without report')
}
