/**
 * 32 bits from a key's hash and an id's hash, evenly spread (the finalizer of MurmurHash3, Austin Appleby, public
 * domain). Depends on the two alone: neither on the order of the endpoints nor on their number.
 */
export function mix(keyA: number, keyB: number, idA: number, idB: number): number {
  let h = Math.imul(keyA ^ idA, 0x85ebca6b) + Math.imul(keyB ^ idB, 0xc2b2ae35)
  h ^= h >>> 16
  h = Math.imul(h, 0x7feb352d)
  h ^= h >>> 15
  h = Math.imul(h, 0x846ca68b)
  h ^= h >>> 16
  return h >>> 0
}
