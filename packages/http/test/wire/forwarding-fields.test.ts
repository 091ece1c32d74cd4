import { describe, expect, test } from 'vitest'
import { FORWARDED, X_FORWARDED_FOR, X_FORWARDED_PROTO } from '../../src/wire/field-names.ts'
import { ForwardingFields, firstValue, mergedValue } from '../../src/wire/forwarding-fields.ts'
import { scanRequestHead } from '../../src/wire/request-scan.ts'
import { ACCEPTED, DEFAULT_RULES, requestHead } from '../../src/wire/scanned-head.ts'
import { fieldsOf, latin1, PEER, readRequest } from './reading.ts'

const trusting = { ...DEFAULT_RULES, trustsForwarding: true }

/** Forwarding fields of the head that goes on. */
function forwarded(fields: string, rules = trusting): [string, string][] {
  const reading = readRequest(latin1(`GET / HTTP/1.1\r\nHost: a.test:80\r\n${fields}\r\n`), rules)
  expect(reading.reason).toBe('')
  return fieldsOf(reading.forwarded).filter(([name]) => name !== 'host')
}

const OURS = [
  ['x-forwarded-for', PEER],
  ['x-forwarded-proto', 'http'],
  ['x-forwarded-host', 'a.test:80'],
]

describe('forwarding fields', () => {
  test('nothing received: the peer, the scheme, the host', () => {
    expect(forwarded('')).toEqual(OURS)
    expect(forwarded('', DEFAULT_RULES)).toEqual(OURS)
  })

  test('of an untrusted peer are replaced', () => {
    const fields =
      'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\nX-Forwarded-Port: 1\r\nX-Real-IP: 6\r\nForwarded: for=6\r\n'
    expect(forwarded(fields, DEFAULT_RULES)).toEqual(OURS)
  })

  test('of a trusted peer: lines are merged in order and extended', () => {
    const fields =
      'X-Forwarded-For: 1.1.1.1\r\nX-A: 1\r\nx-forwarded-for: 2.2.2.2, 3.3.3.3\r\nForwarded: for=1\r\nforwarded: for=2\r\n'
    expect(forwarded(fields)).toEqual([
      ['x-a', '1'],
      ['x-forwarded-for', `1.1.1.1, 2.2.2.2, 3.3.3.3, ${PEER}`],
      ['forwarded', `for=1, for=2, for=${PEER}`],
      ['x-forwarded-proto', 'http'],
      ['x-forwarded-host', 'a.test:80'],
    ])
  })

  test('of a trusted peer: what it says about scheme and host passes', () => {
    const fields = 'X-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\nX-Forwarded-Port: 443\r\nX-Real-IP: 1.1.1.1\r\n'
    expect(forwarded(fields)).toEqual([
      ['x-forwarded-proto', 'https'],
      ['x-forwarded-host', 'b'],
      ['x-forwarded-port', '443'],
      ['x-real-ip', '1.1.1.1'],
      ['x-forwarded-for', PEER],
    ])
  })

  test('cannot be stripped by naming them in Connection (CVE-2026-33805)', () => {
    const connection = 'Connection: X-Forwarded-For, x-forwarded-proto, X-Forwarded-Host, Forwarded\r\n'
    const fields = `X-Forwarded-For: 6.6.6.6\r\n${connection}X-Forwarded-Proto: https\r\nForwarded: for=6\r\n`
    expect(forwarded(fields, DEFAULT_RULES)).toEqual(OURS)
    expect(forwarded(fields)).toEqual(OURS)
  })

  test('an IPv6 peer is quoted in Forwarded', () => {
    const text = 'GET / HTTP/1.0\r\nForwarded: for=1\r\n\r\n'
    expect(scanRequestHead(latin1(text), 0, text.length, trusting)).toBe(ACCEPTED)
    const lines = new ForwardingFields('2001:db8::1', 'https', true).lines(text, requestHead)
    expect(lines).toBe(
      'x-forwarded-for: 2001:db8::1\r\nforwarded: for=1, for="[2001:db8::1]"\r\nx-forwarded-proto: https\r\n',
    )
  })

  test('values for policy', () => {
    const text =
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1\r\nX-Forwarded-For: 2\r\nX-Forwarded-Proto: https\r\n\r\n'
    scanRequestHead(latin1(text), 0, text.length, trusting)
    expect(mergedValue(text, requestHead, X_FORWARDED_FOR)).toBe('1, 2')
    expect(firstValue(text, requestHead, X_FORWARDED_PROTO)).toBe('https')
    expect([mergedValue(text, requestHead, FORWARDED), firstValue(text, requestHead, FORWARDED)]).toEqual(['', ''])
  })
})
