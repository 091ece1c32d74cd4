import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SentPieces } from '../src/upstream/sent-pieces.ts'

test('a piece is released as soon as all of it has left the socket, and never before', () => {
  const steps = fc.array(
    fc.record({ kib: fc.integer({ min: 16, max: 64 }), held: fc.double({ min: 0, max: 1, noNaN: true }) }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(steps, (writes) => {
      const sent = new SentPieces()
      const all: { piece: Uint8Array; bytes: number }[] = []
      let pending = 0
      for (const { kib, held } of writes) {
        const piece = new Uint8Array(kib * 1024)
        all.push({ piece, bytes: piece.byteLength })
        pending = Math.floor((pending + piece.byteLength) * held)
        sent.add(piece, pending)
        // The oracle counts from the end: what lies within the last `pending` bytes has not left.
        let after = 0
        for (const { piece: each, bytes } of all.toReversed()) {
          expect(each.byteLength === 0).toBe(after >= pending)
          after += bytes
        }
      }
    }),
  )
})

test('small pieces and parts of a shared memory are left alone', () => {
  const sent = new SentPieces()
  const shared = Buffer.alloc(65_536)
  const half = shared.subarray(0, 32_768)
  const small = new Uint8Array(1024)
  for (const piece of [half, small]) sent.add(piece, 0)
  expect([half.byteLength, small.byteLength, shared.byteLength]).toEqual([32_768, 1024, 65_536])
})
