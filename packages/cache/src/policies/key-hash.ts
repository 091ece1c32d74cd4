const bits = new DataView(new ArrayBuffer(8))
/** Longer strings are hashed by their length, beginning and end: a collision costs a little precision, no more. */
const HASHED_CHARACTERS = 128
let nextObject = 0
const objects = new WeakMap<object, number>()

/** Spreads 32 bits over 32 bits, one to one (Chris Wellons, "lowbias32"). */
export function mixBits(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}

function hashString(text: string): number {
  const { length } = text
  let hash = length
  if (length <= HASHED_CHARACTERS) {
    for (let at = 0; at < length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  } else {
    const half = HASHED_CHARACTERS / 2
    for (let at = 0; at < half; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
    for (let at = length - half; at < length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return mixBits(hash)
}

function hashObject(key: object): number {
  let number = objects.get(key)
  if (number === undefined) {
    number = nextObject++
    objects.set(key, number)
  }
  return mixBits(number ^ 0x5bd1e995)
}

/**
 * 32 bits of a key, equal for keys that `Map` takes for equal; only the policy's memory of keys depends on them, so a
 * collision makes no wrong hit. Objects and functions are numbered in a `WeakMap`, symbols go by their description.
 */
export function hashKey(key: unknown): number {
  switch (typeof key) {
    case 'number': {
      const integer = key | 0
      if (integer === key) return mixBits(integer)
      bits.setFloat64(0, key)
      return mixBits(bits.getInt32(0) ^ Math.imul(bits.getInt32(4), 0x9e3779b1))
    }
    case 'string':
      return hashString(key)
    case 'object':
      return key === null ? 1 : hashObject(key)
    case 'function':
      return hashObject(key)
    default:
      return hashString(String(key))
  }
}
