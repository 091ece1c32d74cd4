import { describe, expect, it } from 'vitest'
import {
  BreakerError,
  CircuitBreaker,
  CircuitDestroyedError,
  CircuitOpenError,
  CircuitTimeoutError,
  ConcurrencyLimitError,
  isBreakerError,
} from '../src/index.ts'

describe('errors', () => {
  it.each([
    [new CircuitOpenError('api', 50), 'CircuitOpenError', 'ERR_CIRCUIT_OPEN', "'api' is open; retry in 50 ms"],
    [
      new CircuitOpenError('api', 9, 'half_open'),
      'CircuitOpenError',
      'ERR_CIRCUIT_OPEN',
      'probes under way; retry in 9',
    ],
    [new CircuitOpenError('api', 0, 'isolated'), 'CircuitOpenError', 'ERR_CIRCUIT_OPEN', "'api' is isolated"],
    [new ConcurrencyLimitError('api', 5), 'ConcurrencyLimitError', 'ERR_CONCURRENCY_LIMIT', '5 calls in flight'],
    [new CircuitTimeoutError('api', 9), 'CircuitTimeoutError', 'ERR_CIRCUIT_TIMEOUT', 'within 9 ms'],
    [new CircuitDestroyedError('api'), 'CircuitDestroyedError', 'ERR_CIRCUIT_DESTROYED', 'was destroyed'],
  ])('%s', (error, name, code, message) => {
    expect(error).toBeInstanceOf(BreakerError)
    expect(error).toMatchObject({ name, code, breaker: 'api' })
    expect(error.message).toContain(message)
    expect(String(error.stack)).toMatch(new RegExp(`^${name}: `))
    expect(Object.keys(error)).not.toContain('name')
    expect(isBreakerError(error)).toBe(true)
  })

  it('are told from others, and recognised across copies of the package by their brand', () => {
    for (const other of [new Error('x'), null, undefined, 'ERR_CIRCUIT_OPEN', {}])
      expect(isBreakerError(other)).toBe(false)
    expect(isBreakerError({ [Symbol.for('@breakwater/breaker.error')]: true })).toBe(true)
  })

  it('a refusal has no stack trace and leaves the limit as it was', async () => {
    const breaker = new CircuitBreaker('api')
    breaker.forceState('open')
    const limit = Error.stackTraceLimit
    const error = await breaker.run(() => 1).catch((reason: unknown) => reason as Error)
    expect(Error.stackTraceLimit).toBe(limit)
    expect((error as Error).stack).not.toContain('\n    at ')
    expect(new Error('other').stack).toContain('\n    at ')
  })
})
