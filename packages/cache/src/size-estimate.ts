/** Parts of one value that are looked at; the rest counts as much as those on average. */
const MOST_VISITS = 256
const MOST_DEPTH = 8
/** What the cache itself holds per entry: index, key, value, deadline, weight, order. */
export const ENTRY_BYTES = 80

// Sizes of V8 on 64 bits without pointer compression, rounded to what Node 20 to 24 have in common.
const HEADER = 24
const FIELD = 8
const MAP_ENTRY = 40

/** What remains to be looked at in one estimate. */
interface Budget {
  visits: number
  seen: Set<object> | undefined
}

/**
 * Bytes that an entry takes in memory, estimated: strings, Buffers and typed arrays, Maps, Sets, arrays and plain
 * objects with what they hold, class instances by their own fields; 80 for the entry itself. Objects that are met twice
 * count once. Use it as `weigh` with a `maxWeight` in bytes; `maxBytes` does.
 * What several entries share is counted for each. At most 256 parts of the key and of the value are looked at, 8 levels
 * deep; of longer lists the rest counts like the part seen. Getters are not called. O(1), about 100 ns for a flat object.
 */
export function estimateBytes(value: unknown, key?: unknown): number {
  return ENTRY_BYTES + bytesOf(key) + bytesOf(value)
}

function bytesOf(value: unknown): number {
  return Math.ceil(sizeOf(value, 0, { visits: MOST_VISITS, seen: undefined }))
}

function sizeOf(value: unknown, depth: number, budget: Budget): number {
  switch (typeof value) {
    case 'string':
      return sizeOfString(value)
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 0 : 16
    case 'bigint':
      return HEADER
    case 'function':
      return 64
    case 'object':
      return value === null ? 0 : sizeOfObject(value, depth, budget)
    default:
      return 0
  }
}

/** One byte per character, or two if one of up to 64 places looked at needs it. */
function sizeOfString(text: string): number {
  const { length } = text
  const step = Math.max(1, length >>> 6)
  let bytes = length
  for (let at = 0; at < length; at += step) {
    if (text.charCodeAt(at) < 256) continue
    bytes = 2 * length
    break
  }
  return 16 + ((bytes + 7) & ~7)
}

function sizeOfObject(object: object, depth: number, budget: Budget): number {
  if (budget.visits <= 0 || depth > MOST_DEPTH) return HEADER
  budget.seen ??= new Set()
  if (budget.seen.has(object)) return 0
  budget.seen.add(object)
  budget.visits--
  // A view keeps the whole buffer alive, but a small Buffer shares its pool with others.
  if (ArrayBuffer.isView(object)) return 96 + object.byteLength
  if (object instanceof ArrayBuffer) return 96 + object.byteLength
  // Browsers have these only in isolated pages.
  if (typeof SharedArrayBuffer === 'function' && object instanceof SharedArrayBuffer) return 96 + object.byteLength
  if (Array.isArray(object)) return HEADER + FIELD * object.length + sizeOfList(object, object.length, depth, budget)
  if (object instanceof Map) {
    const keys = sizeOfList(object.keys(), object.size, depth, budget)
    return HEADER + MAP_ENTRY * object.size + keys + sizeOfList(object.values(), object.size, depth, budget)
  }
  if (object instanceof Set) return HEADER + MAP_ENTRY * object.size + sizeOfList(object, object.size, depth, budget)
  if (object instanceof Date) return HEADER + 64
  return HEADER + sizeOfFields(object, depth, budget)
}

function sizeOfList(list: Iterable<unknown>, length: number, depth: number, budget: Budget): number {
  let bytes = 0
  let seen = 0
  for (const item of list) {
    if (budget.visits-- <= 0) break
    bytes += sizeOf(item, depth + 1, budget)
    seen++
  }
  return seen === 0 ? 0 : (bytes / seen) * length
}

function sizeOfFields(object: object, depth: number, budget: Budget): number {
  let bytes = 0
  for (const name of Object.keys(object)) {
    bytes += FIELD
    if (budget.visits-- <= 0) continue
    const field = Object.getOwnPropertyDescriptor(object, name)
    if (field !== undefined && 'value' in field) bytes += sizeOf(field.value, depth + 1, budget)
  }
  return bytes
}
