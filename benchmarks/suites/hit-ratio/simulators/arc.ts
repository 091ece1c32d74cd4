import { KeyLists } from './key-lists.ts'
import type { CreateSimulator } from './simulator.ts'

/** Seen once and seen again, each cached (T) and remembered (B). */
const T1 = 0
const T2 = 1
const B1 = 2
const B2 = 3

/** ARC as in figure 4 of Megiddo and Modha, FAST 2003. */
export const arc: CreateSimulator = (size, distinct) => {
  const lists = new KeyLists(distinct, 4)
  let target = 0

  function replace(inB2: boolean): void {
    const once = lists.length(T1)
    const wanted = Math.floor(target)
    if (once > 0 && (once > wanted || (inB2 && once === wanted))) lists.move(lists.oldest(T1), B1)
    else lists.move(lists.oldest(T2), B2)
  }

  function insertNew(): void {
    const first = lists.length(T1) + lists.length(B1)
    const total = first + lists.length(T2) + lists.length(B2)
    if (first === size) {
      if (lists.length(T1) < size) {
        lists.removeOldest(B1)
        replace(false)
      } else {
        lists.removeOldest(T1)
      }
    } else if (total >= size) {
      if (total === 2 * size) lists.removeOldest(B2)
      replace(false)
    }
  }

  return {
    request(key) {
      const where = lists.where(key)
      if (where === T1 || where === T2) {
        lists.move(key, T2)
        return true
      }
      if (where === B1) {
        target = Math.min(size, target + Math.max(1, lists.length(B2) / lists.length(B1)))
        replace(false)
        lists.move(key, T2)
      } else if (where === B2) {
        target = Math.max(0, target - Math.max(1, lists.length(B1) / lists.length(B2)))
        replace(true)
        lists.move(key, T2)
      } else {
        insertNew()
        lists.addNewest(T1, key)
      }
      return false
    },
  }
}
