import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration, parsePercentage, parseSize, parseStatusRange } from '../../src/config/units.ts'

describe('parseDuration', () => {
  it.each<[number | string, number | undefined]>([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['1.5s', 1500],
    ['1.1s', 1100],
    ['30 s', 30_000],
    [' 30s ', 30_000],
    ['0s', 0],
    [0, 0],
    [250, 250],
    ['250', 250],
    [2_147_483_647, 2_147_483_647],
    [2_147_483_648, undefined],
    ['25d', undefined],
    [-1, undefined],
    ['-1s', undefined],
    ['+1s', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['', undefined],
    ['s', undefined],
    ['1w', undefined],
    ['1S', undefined],
    ['1e3s', undefined],
    ['1s2', undefined],
    ['1m30s', undefined],
    ['0.1ms', undefined],
    ['5constructor', undefined],
    ['99999999999999999999s', undefined],
  ])('%j → %j', (written, ms) => {
    expect(parseDuration(written)).toBe(ms)
  })

  it('reads what it is told for any number of whole units', () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
    const unit = fc.constantFrom<keyof typeof units>('ms', 's', 'm', 'h', 'd')
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), unit, (amount, name) => {
        expect(parseDuration(`${amount}${name}`)).toBe(amount * units[name])
      }),
    )
  })

  it('never throws and never leaves the range of a timer', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double()), (written) => {
        const ms = parseDuration(written)
        expect(ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms < 2 ** 31)).toBe(true)
      }),
    )
  })
})

describe('parseSize', () => {
  it.each<[number | string, number | undefined]>([
    ['10MiB', 10_485_760],
    ['64KiB', 65_536],
    ['1GB', 1e9],
    ['1kB', 1000],
    ['512B', 512],
    ['512', 512],
    ['1.5KiB', 1536],
    ['0.5B', undefined],
    [1024, 1024],
    [0.5, undefined],
    [-1, undefined],
    ['10 megs', undefined],
    ['10mb', undefined],
    ['99999999GiB', undefined],
  ])('%j → %j', (written, bytes) => {
    expect(parseSize(written)).toBe(bytes)
  })
})

describe('parsePercentage', () => {
  it.each<[number | string, number | undefined]>([
    [50, 50],
    ['50%', 50],
    ['12.5%', 12.5],
    ['50 %', 50],
    ['50', 50],
    [100, 100],
    [0, undefined],
    [101, undefined],
    ['150%', undefined],
    ['-5%', undefined],
    ['half', undefined],
    [Number.NaN, undefined],
  ])('%j → %j', (written, percent) => {
    expect(parsePercentage(written)).toBe(percent)
  })
})

describe('parseStatusRange', () => {
  it.each<[number | string, { min: number; max: number } | undefined]>([
    ['2xx', { min: 200, max: 299 }],
    ['4XX', { min: 400, max: 499 }],
    [204, { min: 204, max: 204 }],
    ['200-399', { min: 200, max: 399 }],
    ['200 - 399', { min: 200, max: 399 }],
    ['399-200', undefined],
    ['2x', undefined],
    ['6xx', undefined],
    [20, undefined],
  ])('%j → %j', (written, range) => {
    expect(parseStatusRange(written)).toEqual(range)
  })
})
