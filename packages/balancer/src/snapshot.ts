import { SnapshotError } from './errors.ts'
import type { TableEntries } from './session-table.ts'

/** "BWS1": Breakwater sessions, version 1. Read in the wrong byte order it is something else. */
const MAGIC = 0x31535742
const HEADER_BYTES = 64

/** What a snapshot holds. */
export interface Snapshot {
  readonly seed: Int32Array
  /** Time of day at which it was taken, ms. */
  readonly savedAt: number
  /** Ids of the endpoints by pin. */
  readonly endpoints: ReadonlyMap<number, string>
  readonly entries: TableEntries | null
}

/**
 * One ArrayBuffer, little-endian:
 *
 *   64 bytes   0 magic   4 words of entries   8 seed, 4 words   24 time of day   32 bytes of the list   36 buckets
 *              40 ms per tick   48 ms per unit of age
 *   entries    5 words each, see TableEntries
 *   list       the endpoints as JSON in UTF-8, [[pin, id], …]
 */
export function writeSnapshot(snapshot: Snapshot): ArrayBuffer {
  const list = new TextEncoder().encode(JSON.stringify([...snapshot.endpoints]))
  const words = snapshot.entries?.words ?? new Int32Array(0)
  const buffer = new ArrayBuffer(HEADER_BYTES + words.byteLength + list.byteLength)
  const view = new DataView(buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, words.length, true)
  for (const [index, word] of snapshot.seed.entries()) view.setInt32(8 + 4 * index, word, true)
  view.setFloat64(24, snapshot.savedAt, true)
  view.setUint32(32, list.byteLength, true)
  view.setUint32(36, snapshot.entries?.buckets ?? 0, true)
  view.setFloat64(40, snapshot.entries?.tickMs ?? 1, true)
  view.setFloat64(48, snapshot.entries?.ageUnitMs ?? 1, true)
  for (let index = 0; index < words.length; index++) {
    view.setInt32(HEADER_BYTES + 4 * index, words[index] as number, true)
  }
  new Uint8Array(buffer, HEADER_BYTES + words.byteLength).set(list)
  return buffer
}

/** Throws SnapshotError. */
export function readSnapshot(buffer: ArrayBuffer): Snapshot {
  if (!(buffer instanceof ArrayBuffer)) throw new SnapshotError('it is no ArrayBuffer')
  if (buffer.byteLength < HEADER_BYTES) throw new SnapshotError(`${buffer.byteLength} bytes are too few`)
  const view = new DataView(buffer)
  if (view.getUint32(0, true) !== MAGIC) throw new SnapshotError('it does not begin with "BWS1"')
  const length = view.getUint32(4, true)
  const listBytes = view.getUint32(32, true)
  const expected = HEADER_BYTES + 4 * length + listBytes
  if (buffer.byteLength !== expected) throw new SnapshotError(`${buffer.byteLength} bytes instead of ${expected}`)
  const words = new Int32Array(length)
  for (let index = 0; index < length; index++) words[index] = view.getInt32(HEADER_BYTES + 4 * index, true)
  return {
    seed: Int32Array.from({ length: 4 }, (_, index) => view.getInt32(8 + 4 * index, true)),
    savedAt: view.getFloat64(24, true),
    endpoints: readEndpoints(new Uint8Array(buffer, HEADER_BYTES + 4 * length, listBytes)),
    entries: {
      words,
      buckets: view.getUint32(36, true),
      tickMs: view.getFloat64(40, true),
      ageUnitMs: view.getFloat64(48, true),
    },
  }
}

function readEndpoints(bytes: Uint8Array): ReadonlyMap<number, string> {
  try {
    return new Map<number, string>(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    throw new SnapshotError('its list of endpoints is damaged')
  }
}
