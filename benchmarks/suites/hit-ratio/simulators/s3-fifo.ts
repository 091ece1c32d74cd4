import { KeyLists } from './key-lists.ts'
import type { CreateSimulator } from './simulator.ts'

const SMALL = 0
const MAIN = 1

/**
 * S3-FIFO (Yang and others, SOSP 2023): newcomers pass a FIFO of a tenth of the size; those used more than once in it
 * move to the main FIFO, the others are remembered, and enter the main one when asked for again.
 */
export const s3fifo: CreateSimulator = (size, distinct) => {
  const lists = new KeyLists(distinct, 2)
  const uses = new Uint8Array(distinct)
  const smallShare = Math.max(1, Math.round(size / 10))
  const mainShare = size - smallShare
  // A ghost is forgotten after as many further ones as the main queue holds.
  const ghostNumber = new Int32Array(distinct)
  let ghosts = 0

  function evictFromMain(): boolean {
    while (lists.length(MAIN) > 0) {
      const key = lists.oldest(MAIN)
      if (uses[key] === 0) {
        lists.remove(key)
        return true
      }
      uses[key] = (uses[key] as number) - 1
      lists.move(key, MAIN)
    }
    return false
  }

  function evictFromSmall(): boolean {
    while (lists.length(SMALL) > 0) {
      const key = lists.oldest(SMALL)
      if ((uses[key] as number) > 1) {
        uses[key] = 0
        lists.move(key, MAIN)
        if (lists.length(MAIN) > mainShare) return evictFromMain()
      } else {
        lists.remove(key)
        ghostNumber[key] = ++ghosts
        return true
      }
    }
    return false
  }

  return {
    request(key) {
      if (lists.where(key) >= 0) {
        if ((uses[key] as number) < 3) uses[key] = (uses[key] as number) + 1
        return true
      }
      while (lists.length(SMALL) + lists.length(MAIN) >= size) {
        if (lists.length(SMALL) >= smallShare ? !evictFromSmall() : !evictFromMain()) evictFromSmall()
      }
      // Asked after the eviction, which counts as one more ghost.
      const number = ghostNumber[key] as number
      const remembered = number > 0 && ghosts - number < mainShare
      ghostNumber[key] = 0
      uses[key] = 0
      lists.addNewest(remembered ? MAIN : SMALL, key)
      return false
    },
  }
}
