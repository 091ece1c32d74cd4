// Seeded: every contender gets the same keys in the same order.

/** A linear congruential generator over 32 bits (Knuth), 0 ≤ x < 1. */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

/** Ranks 0…n - 1 by Zipf's law with exponent 0.99, by inversion of the continuous distribution. */
export function createZipf(n: number, random: () => number): () => number {
  const power = 0.01
  const top = n ** power
  return () => Math.min(n - 1, Math.floor((1 + random() * (top - 1)) ** (1 / power)) - 1)
}

export type KeyKind = 'string' | 'integer' | 'fresh'

/** Characters of a string key. */
export const KEY_LENGTH = 16

/** Key number i of a kind. Two calls give equal but distinct strings, flat and never hashed before. */
export function keyOf(kind: KeyKind, i: number): string | number {
  return kind === 'integer' ? i * 7 + 3 : textOf(i)
}

function textOf(i: number): string {
  return Buffer.from(`user:${String(i).padStart(KEY_LENGTH - 5, '0')}`, 'latin1').toString('latin1')
}

/** The keys as bytes, one after the other: a lookup cuts its key out, as a server does from a request. */
export function bytesOf(numbers: readonly number[]): Buffer {
  return Buffer.from(numbers.map(textOf).join(''), 'latin1')
}
