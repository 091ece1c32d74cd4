import { describe, expect, it } from 'vitest'
import {
  AdaptiveLimit,
  AdaptiveThrottle,
  CircuitBreaker,
  CircularRequestBuffer,
  MemoryStateStore,
  RetryBudget,
  SharedCircuit,
} from '../src/index.ts'

describe('a bad clock is refused by everything that takes one', () => {
  it.each([5, null, {}, 'Date'])('%j', (clock) => {
    const options = { clock: clock as never }
    for (const make of [
      () => new AdaptiveLimit(options),
      () => new AdaptiveThrottle(options),
      () => new RetryBudget(options),
      () => new MemoryStateStore(options),
      () => new CircularRequestBuffer(10, clock as never),
      () => new CircuitBreaker('x', options),
    ]) {
      expect(make).toThrow(TypeError)
      expect(make).toThrow(/^clock (is|has no)/)
    }
  })
})

it('unknown options of MemoryStateStore, forceState and importState are refused', () => {
  const breaker = new CircuitBreaker('x')
  expect(() => new MemoryStateStore({ clok: Date } as object)).toThrow("did you mean 'clock'?")
  expect(() => breaker.forceState('open', { forms: 5 } as object)).toThrow("did you mean 'forMs'?")
  expect(() => breaker.forceState('open', null as never)).toThrow('options is null')
  expect(() => breaker.importState(breaker.exportState(), { down: 1 } as object)).toThrow("unknown option 'down'")
  expect(breaker.getState()).toBe('closed')
})

it('SharedCircuit refuses a store or breaker that is none', () => {
  const breaker = new CircuitBreaker('x')
  const options = { instance: 'a' }
  expect(() => new SharedCircuit(breaker, {} as never, options)).toThrow('store has no report()')
  expect(() => new SharedCircuit(5 as never, new MemoryStateStore(), options)).toThrow('breaker is 5')
})
