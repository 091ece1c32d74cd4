import { describe, expect, test } from 'vitest'
import { isWorthScanning, scanRequestHead } from '../../src/wire/request-scan.ts'
import { DEFAULT_RULES, INCOMPLETE } from '../../src/wire/scanned-head.ts'
import { requestRows } from './grammar-rows.ts'
import { latin1 } from './reading.ts'

/** A head that arrives byte by byte, scanned only when that can change anything. */
function readSlowly(bytes: Buffer): { scans: number; verdict: number; at: number } {
  let scans = 0
  for (let end = 1; end <= bytes.length; end++) {
    if (!isWorthScanning(bytes, 0, end - 1, end, DEFAULT_RULES)) continue
    scans++
    const verdict = scanRequestHead(bytes, 0, end, DEFAULT_RULES)
    if (verdict !== INCOMPLETE) return { scans, verdict, at: end }
  }
  return { scans, verdict: INCOMPLETE, at: bytes.length }
}

/** The first place at which the scan itself has a verdict. */
function firstVerdict(bytes: Buffer): number {
  for (let end = 1; end <= bytes.length; end++) {
    if (scanRequestHead(bytes, 0, end, DEFAULT_RULES) !== INCOMPLETE) return end
  }
  return bytes.length
}

describe('heads that arrive byte by byte', () => {
  const short = requestRows.filter(({ input }) => input.length < 1_000)

  test.each(short)('$name: the verdict comes at the end of the line at the latest', ({ input }) => {
    const bytes = latin1(input)
    const first = firstVerdict(bytes)
    const lineEnd = input.indexOf('\n', first - 1) + 1 || bytes.length
    expect(readSlowly(bytes).at).toBeGreaterThanOrEqual(first)
    expect(readSlowly(bytes).at).toBeLessThanOrEqual(Math.max(first, lineEnd))
  })

  test('a head of 16 KiB is scanned a few times per line, not per byte', () => {
    const head = latin1(`GET / HTTP/1.1\r\nHost: a\r\n${'X-A: 1\r\n'.repeat(90)}X-B: ${'b'.repeat(15_000)}\r\n\r\n`)
    const { scans, verdict } = readSlowly(head)
    expect([verdict, scans < 64 + 4 * 94]).toEqual([0, true])
  })

  test('a byte behind a CR is looked at, and so is a limit', () => {
    const start = `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(100)}\r`
    expect(readSlowly(latin1(`${start}bc`))).toMatchObject({ verdict: 400, at: start.length + 1 })
    expect(readSlowly(latin1(`GET /${'a'.repeat(20_000)}`))).toMatchObject({ verdict: 414, at: 8_192 })
    const long = latin1(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}`)
    expect(readSlowly(long)).toMatchObject({ verdict: 431, at: 16_384 })
  })
})
