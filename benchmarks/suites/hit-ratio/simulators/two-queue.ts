import { KeyLists } from './key-lists.ts'
import type { CreateSimulator } from './simulator.ts'

const IN = 0
const MAIN = 1
const OUT = 2

/**
 * 2Q, full version (Johnson and Shasha, VLDB 1994): newcomers wait in a FIFO of a quarter of the size; who is asked for
 * again after leaving it, while remembered among the last size / 2 of those, enters the LRU queue.
 */
export const twoQueue: CreateSimulator = (size, distinct) => {
  const lists = new KeyLists(distinct, 3)
  const mostIn = Math.max(1, Math.floor(size / 4))
  const mostOut = Math.max(1, Math.floor(size / 2))

  function makeRoom(): void {
    if (lists.length(IN) + lists.length(MAIN) < size) return
    if (lists.length(IN) > mostIn || lists.length(MAIN) === 0) {
      lists.addNewest(OUT, lists.removeOldest(IN))
      if (lists.length(OUT) > mostOut) lists.removeOldest(OUT)
    } else {
      lists.removeOldest(MAIN)
    }
  }

  return {
    request(key) {
      const where = lists.where(key)
      if (where === MAIN) {
        lists.move(key, MAIN)
        return true
      }
      if (where === IN) return true
      makeRoom()
      // Asked after the eviction, which may have pushed it off the end of the remembered ones.
      if (lists.where(key) === OUT) lists.move(key, MAIN)
      else lists.addNewest(IN, key)
      return false
    },
  }
}
