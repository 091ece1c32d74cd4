/** Numbers from 0 up to, not including, 1. */
export type Random = () => number

/**
 * An independent stream of random numbers for one purpose, the same for the same seed and purpose on every machine.
 * The generator is sfc32 (Doty-Humphrey, PractRand 2010): 128 bits of state, a period of at least 2^32 whatever the
 * seed. Streams of neighboring seeds share nothing, because the state comes out of a hash and the first 15 numbers are
 * thrown away.
 */
export function stream(seed: number, purpose: string): Random {
  const text = `${purpose}#${seed}`
  return sfc32(hash(text, 0x9e3779b9), hash(text, 0x243f6a88), hash(text, 0xb7e15162), 1)
}

/** Four words for whoever wants a seed of 128 bits of its own. */
export function seedWords(seed: number, purpose: string): [number, number, number, number] {
  const random = stream(seed, purpose)
  const word = (): number => Math.floor(random() * 2 ** 32)
  return [word(), word(), word(), word()]
}

/** Exponentially distributed with the given mean: the time to the next event of a Poisson process. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

/** Standard normal, by Box and Muller; the second value of the pair is not kept, so that draws stay countable. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

function sfc32(a: number, b: number, c: number, counter: number): Random {
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let round = 0; round < 15; round++) next()
  return next
}

// FNV-1a with a final avalanche: the purposes differ in a few characters only.
function hash(text: string, basis: number): number {
  let word = basis
  for (let index = 0; index < text.length; index++) word = Math.imul(word ^ text.charCodeAt(index), 16777619)
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return word ^ (word >>> 16)
}
