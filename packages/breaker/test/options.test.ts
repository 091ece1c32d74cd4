import { describe, expect, it } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions } from '../src/index.ts'
import { nearestName } from '../src/nearest-name.ts'
import { readOptions } from '../src/settings.ts'

const make = (options: unknown): CircuitBreaker => new CircuitBreaker('test', options as CircuitBreakerOptions)

describe('defaults', () => {
  it('are those of the options table', () => {
    expect(readOptions({})).toMatchObject({
      failureRate: 0.5,
      strictly: false,
      tripOnSuccess: true,
      slowCallMs: Number.POSITIVE_INFINITY,
      slowCallRate: Number.POSITIVE_INFINITY,
      slowCallsInFlight: false,
      openBoundaryExclusive: false,
      backoffFactor: 1,
      backoffMaxMs: Number.POSITIVE_INFINITY,
      backoffJitter: 0,
      maxConcurrent: Number.POSITIVE_INFINITY,
      maxQueued: 0,
      queueTimeoutMs: 1000,
      halfOpenMaxWaitTo: 'open',
      windowBucketMs: 6000,
      failureThreshold: Number.POSITIVE_INFINITY,
      consecutiveFailures: Number.POSITIVE_INFINITY,
      volumeThreshold: 10,
      windowMs: 60_000,
      windowBuckets: 10,
      countWindowSize: 0,
      timeoutMs: 0,
      resetTimeoutMs: 30_000,
      halfOpenPermits: 3,
      halfOpenEarly: false,
      halfOpenFailuresToOpen: 2,
      halfOpenMaxWaitMs: 60_000,
      fallbackEnabled: true,
      metricsFlushMs: 1000,
      classify: undefined,
    })
  })

  it('undefined is not given', () => {
    const options = { timeout: undefined, clock: undefined, bufferSize: undefined, classify: undefined }
    expect(readOptions(options)).toEqual(readOptions({}))
  })

  it('the minimum volume never exceeds a count window', () => {
    expect(readOptions({ countWindowSize: 4 }).volumeThreshold).toBe(4)
    expect(readOptions({ countWindowSize: 40 }).volumeThreshold).toBe(10)
  })

  it('failed probes that reopen follow the rate, rounded up', () => {
    const failures = (failureThresholdPercentage: number | false, halfOpenMaxRequests: number): number =>
      readOptions({ failureThresholdPercentage, halfOpenMaxRequests }).halfOpenFailuresToOpen
    expect(failures(50, 4)).toBe(2)
    expect(failures(100, 3)).toBe(3)
    expect(failures(1, 3)).toBe(1)
    expect(failures((2 / 3) * 100, 3)).toBe(2)
    expect(failures(false, 5)).toBe(1)
  })
})

describe('windows', () => {
  it('every option of the original design together is accepted', () => {
    const options = {
      failureThreshold: 5,
      failureThresholdPercentage: 50,
      timeout: 1000,
      resetTimeout: 5000,
      rollingWindowSize: 60_000,
      volumeThreshold: 10,
      halfOpenMaxRequests: 3,
      fallbackEnabled: true,
      bufferSize: 1000,
      metricsFlushInterval: 1000,
    }
    expect(() => make(options)).not.toThrow()
  })

  it('bufferSize alone is a count window', () => {
    expect(readOptions({ bufferSize: 7 })).toEqual(readOptions({ countWindowSize: 7 }))
  })

  it('bufferSize with rollingWindowSize bounds a ring by both', () => {
    const settings = readOptions({ bufferSize: 500, rollingWindowSize: 60_000 })
    expect([settings.countWindowSize, settings.windowMs]).toEqual([500, 60_000])
  })

  it('the same size under both names is no contradiction', () => {
    expect(readOptions({ bufferSize: 5, countWindowSize: 5 }).countWindowSize).toBe(5)
  })

  it.each([
    [{ bufferSize: 5, countWindowSize: 6 }, 'countWindowSize is 6 but its alias bufferSize is 5'],
    [{ countWindowSize: 5, rollingWindowSize: 1000 }, 'countWindowSize and rollingWindowSize exclude each other'],
    [{ countWindowSize: 5, rollingWindowBuckets: 5 }, 'rollingWindowBuckets'],
    [{ bufferSize: 5, rollingWindowSize: 100, rollingWindowBuckets: 5 }, 'rollingWindowBuckets'],
  ])('%j is refused', (options, message) => {
    expect(() => make(options)).toThrow(TypeError)
    expect(() => make(options)).toThrow(message)
  })

  it('a threshold no window can reach is refused', () => {
    expect(() => make({ countWindowSize: 5, volumeThreshold: 6 })).toThrow('volumeThreshold is 6; expected an integer')
    expect(() => make({ countWindowSize: 5, failureThreshold: 6 })).toThrow('from 1 to 5')
    expect(() => make({ halfOpenMaxRequests: 2, halfOpenFailuresToOpen: 3 })).toThrow('from 1 to 2')
  })
})

describe('bad values name the option, the value and the range', () => {
  const numeric = [
    'failureThresholdPercentage',
    'failureThreshold',
    'consecutiveFailures',
    'volumeThreshold',
    'rollingWindowSize',
    'rollingWindowBuckets',
    'countWindowSize',
    'bufferSize',
    'timeout',
    'resetTimeout',
    'halfOpenMaxRequests',
    'halfOpenFailuresToOpen',
    'halfOpenMaxWaitMs',
    'metricsFlushInterval',
  ]

  for (const name of numeric) {
    it(name, () => {
      for (const value of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) {
        expect(() => make({ [name]: value })).toThrow(RangeError)
        expect(() => make({ [name]: value })).toThrow(`${name} is ${value}; expected`)
      }
      for (const value of ['5', null, true, {}, [], () => 1, 5n]) {
        expect(() => make({ [name]: value })).toThrow(TypeError)
        expect(() => make({ [name]: value })).toThrow(`${name} is `)
      }
    })
  }

  it.each([
    [{ failureThresholdPercentage: 0 }, 'above 0 to 100'],
    [{ failureThresholdPercentage: 100.1 }, 'above 0 to 100'],
    [{ timeout: 2 ** 31 }, 'from 0 to 2147483647'],
    [{ halfOpenMaxWaitMs: 0 }, 'above 0'],
    [{ rollingWindowSize: 0 }, 'above 0'],
    [{ rollingWindowSize: Number.NEGATIVE_INFINITY }, 'finite'],
    [{ resetTimeout: Number.POSITIVE_INFINITY }, 'finite'],
    [{ consecutiveFailures: 1.5 }, 'an integer'],
  ])('%j', (options, range) => {
    expect(() => make(options)).toThrow(RangeError)
    expect(() => make(options)).toThrow(range)
  })

  it.each([
    [{ fallbackEnabled: 'yes' }, "fallbackEnabled is 'yes'; expected true or false"],
    [{ halfOpenDecision: 'late' }, "halfOpenDecision is 'late'"],
    [{ classify: 'error' }, "classify is 'error'"],
    [{ clock: 5 }, 'clock is 5'],
    [{ clock: {} }, 'clock has no now()'],
    [{ clock: null }, 'clock'],
    [{ failureThresholdPercentage: true }, 'failureThresholdPercentage is true'],
  ])('%j', (options, message) => {
    expect(() => make(options)).toThrow(TypeError)
    expect(() => make(options)).toThrow(message)
  })

  it('an unknown name is answered with the nearest known one', () => {
    expect(() => make({ resetTimeOut: 5 })).toThrow("unknown option 'resetTimeOut'; did you mean 'resetTimeout'?")
    expect(() => make({ failureTreshold: 5 })).toThrow("did you mean 'failureThreshold'?")
    expect(() => make({ colour: 'red' })).toThrow(/^unknown option 'colour'$/)
  })

  it.each([null, 5, 'options', []])('options that are %j are refused', (options) => {
    expect(() => make(options)).toThrow(TypeError)
  })

  it.each(['', undefined, 5])('the name %j is refused', (name) => {
    expect(() => new CircuitBreaker(name as string)).toThrow(TypeError)
  })
})

describe('nearestName', () => {
  it('ignores case and stays silent about strangers', () => {
    expect(nearestName('TIMEOUT', ['resetTimeout', 'timeout'])).toBe('timeout')
    expect(nearestName('x', ['timeout'])).toBeUndefined()
    expect(nearestName('', ['timeout'])).toBeUndefined()
  })
})
