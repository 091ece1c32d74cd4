/** Smaller pieces are often parts of a pool, and cost the collector little. Bytes. */
const SMALLEST_RELEASED = 4_096

/**
 * Gives the memory of a large piece back at once; whoever still looks at it sees no bytes. Left to the garbage
 * collector, every read of 64 KiB waits for a collection that has little else to do: a process that passed 1 GiB down
 * then held 280 MB instead of 165 and took twice as long, one that passed 300 MB up grew by 85 MB instead of 30
 * (Node 24).
 *
 * A piece that shares its memory is left alone. O(1).
 */
export function releaseMemory(piece: Uint8Array): void {
  if (!isReleasable(piece)) return
  // Moving the memory into an empty buffer frees it.
  if (piece.buffer instanceof ArrayBuffer) piece.buffer.transfer(0)
}

/** True if the piece is large and the only one in its memory. */
export function isReleasable(piece: Uint8Array): boolean {
  return piece.byteLength >= SMALLEST_RELEASED && piece.byteLength === piece.buffer.byteLength
}
