// The policies that need one queue: LRU, FIFO, CLOCK, SIEVE, and the legacy "drop the oldest tenth".
import { KeyLists } from './key-lists.ts'
import type { CreateSimulator } from './simulator.ts'

/** Least recently used. */
export const lru: CreateSimulator = (size, distinct) => {
  const queue = new KeyLists(distinct, 1)
  return {
    request(key) {
      if (queue.where(key) === 0) {
        queue.move(key, 0)
        return true
      }
      if (queue.length(0) >= size) queue.removeOldest(0)
      queue.addNewest(0, key)
      return false
    },
  }
}

/** First in, first out. */
export const fifo: CreateSimulator = (size, distinct) => {
  const queue = new KeyLists(distinct, 1)
  return {
    request(key) {
      if (queue.where(key) === 0) return true
      if (queue.length(0) >= size) queue.removeOldest(0)
      queue.addNewest(0, key)
      return false
    },
  }
}

/** Corbató 1969: FIFO with one bit; whoever was used since gets another round. */
export const clock: CreateSimulator = (size, distinct) => {
  const queue = new KeyLists(distinct, 1)
  const used = new Uint8Array(distinct)
  return {
    request(key) {
      if (queue.where(key) === 0) {
        used[key] = 1
        return true
      }
      if (queue.length(0) >= size) {
        for (let oldest = queue.oldest(0); used[oldest] === 1; oldest = queue.oldest(0)) {
          used[oldest] = 0
          queue.move(oldest, 0)
        }
        queue.removeOldest(0)
      }
      used[key] = 0
      queue.addNewest(0, key)
      return false
    },
  }
}

/** Zhang and others, NSDI 2024: as CLOCK, but survivors stay where they are and the hand moves from old to new. */
export const sieve: CreateSimulator = (size, distinct) => {
  const newer = new Int32Array(distinct + 1)
  const older = new Int32Array(distinct + 1)
  const cached = new Uint8Array(distinct)
  const visited = new Uint8Array(distinct)
  const anchor = distinct
  newer[anchor] = anchor
  older[anchor] = anchor
  let length = 0
  let hand = anchor

  function evict(): void {
    let key = hand === anchor ? (newer[anchor] as number) : hand
    while (visited[key] === 1) {
      visited[key] = 0
      key = newer[key] as number
      if (key === anchor) key = newer[anchor] as number
    }
    hand = newer[key] as number
    newer[older[key] as number] = hand
    older[hand] = older[key] as number
    cached[key] = 0
    length--
  }

  return {
    request(key) {
      if (cached[key] === 1) {
        visited[key] = 1
        return true
      }
      if (length >= size) evict()
      // `newer` of the anchor is the oldest key, `older` of the anchor the newest.
      const newest = older[anchor] as number
      newer[newest] = key
      older[key] = newest
      newer[key] = anchor
      older[anchor] = key
      visited[key] = 0
      cached[key] = 1
      length++
      return false
    },
  }
}

/** The legacy design: at the limit, sort by the time of insertion and drop the oldest tenth. */
export const legacy10: CreateSimulator = (size, distinct) => {
  const queue = new KeyLists(distinct, 1)
  const dropped = Math.max(1, Math.floor(size / 10))
  return {
    request(key) {
      if (queue.where(key) === 0) return true
      if (queue.length(0) >= size) for (let count = 0; count < dropped; count++) queue.removeOldest(0)
      queue.addNewest(0, key)
      return false
    },
  }
}
