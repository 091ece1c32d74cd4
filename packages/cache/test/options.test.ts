import { describe, expect, it } from 'vitest'
import { Cache, type CacheOptions, type FetchOptions, type SetOptions } from '../src/index.ts'
import { nearestName } from '../src/nearest-name.ts'

const make = (options: unknown): Cache<string, number> => new Cache(options as CacheOptions<string, number>)

describe('constructor', () => {
  it.each([
    [undefined, TypeError, 'got undefined'],
    [null, TypeError, 'got null'],
    [100, TypeError, 'got 100'],
    [[1], TypeError, 'an array of 1'],
    [{}, TypeError, 'max must be an integer of entries from 1 to 8388608, got undefined'],
    [{ max: '10' }, TypeError, 'got "10"'],
    [{ max: 10n }, TypeError, 'got 10n'],
    [{ max: 0 }, RangeError, 'max must be an integer of entries from 1 to 8388608, got 0'],
    [{ max: -1 }, RangeError, 'got -1'],
    [{ max: 1.5 }, RangeError, 'got 1.5'],
    [{ max: NaN }, RangeError, 'got NaN'],
    [{ max: Number.POSITIVE_INFINITY }, RangeError, 'got Infinity'],
    [{ max: 2 ** 23 + 1 }, RangeError, 'got 8388609'],
    [{ max: 1, ttlMs: -1 }, RangeError, 'ttlMs must be a number of milliseconds from 0 to Infinity, got -1'],
    [{ max: 1, ttlMs: NaN }, RangeError, 'got NaN'],
    [{ max: 1, ttlMs: '5s' }, TypeError, 'got "5s"'],
    [{ max: 1, ttlMs: null }, TypeError, 'got null'],
    [{ max: 1, onDispose: 1 }, TypeError, 'onDispose must be a function, got 1'],
    [{ max: 1, clock: null }, TypeError, 'clock must be an object with a method now()'],
    [{ max: 1, clock: Date.now }, TypeError, 'got a function'],
    [{ max: 1, clock: {} }, TypeError, 'got an object'],
    [{ max: 1, clock: { now: () => NaN } }, TypeError, 'clock.now() must return finite milliseconds, got NaN'],
    [{ max: 1, ttl: 5 }, TypeError, 'Unknown option "ttl" for new Cache(): did you mean "ttlMs"?'],
    [{ maxSize: 1 }, TypeError, 'did you mean "max"?'],
    [{ max: 1, ondispos: 5 }, TypeError, 'did you mean "onDispose"?'],
  ])('refuses %o', (options, type, message) => {
    expect(() => make(options)).toThrow(type)
    expect(() => make(options)).toThrow(message)
  })

  it('takes options that are undefined for their defaults', () => {
    const cache = make({ max: 1, ttlMs: undefined, onDispose: undefined, clock: undefined })
    expect(cache.set('a', 1).get('a')).toBe(1)
  })

  it('takes the largest bound', () => {
    expect(
      make({ max: 2 ** 23 })
        .set('a', 1)
        .getCacheStats().maxSize,
    ).toBe(2 ** 23)
  })
})

describe('options of a call', () => {
  const cache = make({ max: 2 })

  it.each([
    [5000, TypeError, 'set() takes its options as an object such as { ttlMs: 30_000 }, got 5000'],
    [null, TypeError, 'got null'],
    [{ ttl: 5 }, TypeError, 'Unknown option "ttl" for set(): did you mean "ttlMs"?'],
    [{ ttlMs: -5 }, RangeError, 'got -5'],
    [{ ttlMs: NaN }, RangeError, 'got NaN'],
  ])('set refuses %o and stores nothing', (options, type, message) => {
    expect(() => cache.set('a', 1, options as SetOptions)).toThrow(type)
    expect(() => cache.set('a', 1, options as SetOptions)).toThrow(message)
    expect(cache.has('a')).toBe(false)
  })

  it.each([
    [{ ttlMs: -5 }, RangeError, 'got -5'],
    [{ refresh: true }, TypeError, 'did you mean "forceRefresh"?'],
    [{ forceRefresh: 1 }, TypeError, 'forceRefresh must be a boolean, got 1'],
    [{ signal: {} }, TypeError, 'signal must be an AbortSignal, got an object'],
    [{ signal: null }, TypeError, 'got null'],
  ])('fetch rejects %o and loads nothing', async (options, type, message) => {
    let loads = 0
    const result = cache.fetch('a', () => ++loads, options as FetchOptions)
    await expect(result).rejects.toThrow(type)
    await expect(result).rejects.toThrow(message)
    expect(loads).toBe(0)
  })

  it('fetch rejects a loader that is no function', async () => {
    await expect(cache.fetch('a', 5 as unknown as () => number)).rejects.toThrow('loader must be a function')
  })
})

describe('nearestName', () => {
  it('finds the name that was meant', () => {
    const names = ['max', 'ttlMs', 'onDispose', 'clock']
    expect(nearestName('mx', names)).toBe('max')
    expect(nearestName('TTL', names)).toBe('ttlMs')
    expect(nearestName('dispose', names)).toBe('onDispose')
    expect(nearestName('clok', names)).toBe('clock')
  })
})
