import { releaseMemory } from '../release-memory.ts'

/**
 * Pieces of one request body that were handed to the socket. What the socket still holds is the end of what was
 * written, so the pieces before that end have left and their memory is given back.
 *
 *    [ p1 | p2 | p3 | p4 ]      pending 70 bytes: p3 (in part) and p4 stay, p1 and p2 are released
 *               ^^^^^^^^^
 *
 * Bounded by what the socket buffers. O(1) per piece.
 */
export class SentPieces {
  readonly #pieces: Uint8Array[] = []
  #bytes = 0

  /** @param pendingBytes written bytes that the socket still holds, this piece's included */
  add(piece: Uint8Array, pendingBytes: number): void {
    this.#pieces.push(piece)
    this.#bytes += piece.byteLength
    for (;;) {
      const [first] = this.#pieces
      if (first === undefined || this.#bytes - first.byteLength < pendingBytes) return
      this.#pieces.shift()
      this.#bytes -= first.byteLength
      releaseMemory(first)
    }
  }
}
