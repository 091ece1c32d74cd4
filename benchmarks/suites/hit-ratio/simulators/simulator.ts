/** A policy by itself: it knows which keys would be cached, and holds no values. Keys are 0 … distinct - 1. */
export interface Simulator {
  /** Requests a key, which is inserted on a miss. True on a hit. */
  request(key: number): boolean
}

/**
 * @param size entries, at least 1
 * @param distinct upper bound of the keys, for arrays indexed by key
 */
export type CreateSimulator = (size: number, distinct: number) => Simulator
