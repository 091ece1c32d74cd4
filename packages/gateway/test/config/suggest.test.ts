import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, suggest } from '../../src/config/suggest.ts'

/** The definition itself, exponential: Lowrance and Wagner's restricted form by recursion. */
function naiveDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const last = a.at(-1) === b.at(-1) ? 0 : 1
  const options = [
    naiveDistance(a.slice(0, -1), b) + 1,
    naiveDistance(a, b.slice(0, -1)) + 1,
    naiveDistance(a.slice(0, -1), b.slice(0, -1)) + last,
  ]
  if (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)) {
    options.push(naiveDistance(a.slice(0, -2), b.slice(0, -2)) + 1)
  }
  return Math.min(...options)
}

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['prot', 'port', 1],
    ['lisen', 'listen', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j, %j: %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
  })

  it('agrees with the definition', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(naiveDistance(a, b))
        expect(editDistance(a, b)).toBe(editDistance(b, a))
      }),
      { numRuns: 200 },
    )
  })
})

describe('suggest', () => {
  it('finds swaps, omissions, other case and other separators', () => {
    expect(suggest('prot', ['host', 'port'])).toBe('port')
    expect(suggest('lisen', ['listen', 'limits'])).toBe('listen')
    expect(suggest('stripprefix', ['path', 'stripPrefix'])).toBe('stripPrefix')
    expect(suggest('round-robin', ['random', 'round_robin'])).toBe('round_robin')
    expect(suggest('ap', ['api', 'web'])).toBe('api')
  })

  it('says nothing rather than something far-fetched', () => {
    expect(suggest('foo', ['api', 'web'])).toBeUndefined()
    expect(suggest('x', ['y'])).toBeUndefined()
    expect(suggest('', ['a'])).toBeUndefined()
    expect(suggest('api', [])).toBeUndefined()
    expect(suggest('a'.repeat(10_000), ['a'.repeat(9_999)])).toBeUndefined()
  })

  it('takes the earlier of two equally near names', () => {
    expect(suggest('cat', ['cab', 'car'])).toBe('cab')
  })
})
