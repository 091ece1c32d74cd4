import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonFault } from '../../src/config/json-syntax.ts'

/** JSON.parse knows whether, and for texts that it places itself also where. */
function oracle(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    return String(error)
  }
}

function check(text: string): void {
  const fault = jsonFault(text)
  const refusal = oracle(text)
  expect([text, fault === null]).toEqual([text, refusal === null])
  if (fault === null) return
  expect(fault.offset).toBeGreaterThanOrEqual(0)
  expect(fault.offset).toBeLessThanOrEqual(text.length)
  expect(fault.fix.length).toBeGreaterThan(0)
}

const whole = fc
  .tuple(fc.json(), fc.constantFrom(undefined, 2, '\t'))
  .map(([text, indent]) => JSON.stringify(JSON.parse(text), null, indent))

it('agrees with JSON.parse on texts that are JSON', () => {
  fc.assert(fc.property(whole, check))
})

it('agrees with JSON.parse on JSON with one place changed', () => {
  const odd = fc.constantFrom(
    ',',
    '}',
    ']',
    '{',
    '[',
    ':',
    '"',
    '\\',
    '/',
    '\n',
    '0',
    '.',
    '-',
    'e',
    't',
    ' ',
    "'",
    '\u0001',
    '',
  )
  fc.assert(
    fc.property(whole, fc.nat(), odd, fc.nat(2), (text, seed, mark, removed) => {
      const at = seed % (text.length + 1)
      check(text.slice(0, at) + mark + text.slice(at + removed))
    }),
    { numRuns: 2000 },
  )
})

it('agrees with JSON.parse on a heap of tokens', () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '1',
    '-0.5e3',
    '01',
    'true',
    'nul',
    ' ',
    '\n',
    '\u00a0',
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => check(tokens.join(''))),
    { numRuns: 2000 },
  )
})

it('takes no time or stack for a million brackets', () => {
  expect(jsonFault('['.repeat(1_000_000))?.offset).toBe(1_000_000)
})
