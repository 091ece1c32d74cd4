/** Offsets [from, to) in the piece that was pushed last. One list for all decoders: read it before the next push. */
export interface PieceRanges {
  count: number
  offsets: Int32Array
}

/** Appends a range; an empty one is none. Grows the list: a piece of 64 KiB has at most 11,000 chunks. */
export function addRange(ranges: PieceRanges, from: number, to: number): void {
  if (from === to) return
  const at = ranges.count * 2
  if (at === ranges.offsets.length) {
    const larger = new Int32Array(at * 2)
    larger.set(ranges.offsets)
    ranges.offsets = larger
  }
  ranges.offsets[at] = from
  ranges.offsets[at + 1] = to
  ranges.count++
}
