import { describe, expect, it } from 'vitest'
import { CircuitBreaker, RetryBudget, retry } from '../src/index.ts'

const bad: [unknown, string][] = [
  [{ signal: 5 }, 'signal is 5; expected an AbortSignal'],
  [{ signal: null }, 'signal is null'],
  [{ signal: {} }, 'signal is an object'],
  [{ timeout: 5 }, "unknown option 'timeout'; did you mean 'timeoutMs'?"],
  [{ timeoutMs: '5' }, "timeoutMs is '5'"],
  [null, 'options is null; expected an object'],
  [5, 'options is 5; expected an object'],
]

describe('bad options of a call reject before a permit is taken', () => {
  it.each(bad)('%j', async (options, message) => {
    const breaker = new CircuitBreaker('x', { maxConcurrent: 1, timeout: 1000 })
    let called = 0
    const fn = (): number => ++called
    const calls = [breaker.run(fn, options as never), breaker.execute(fn, () => 0, options as never)]
    for (const call of calls) {
      await expect(call).rejects.toThrow(TypeError)
      await expect(call).rejects.toThrow(message)
    }
    expect(called).toBe(0)
    expect(await breaker.run(fn)).toBe(1)
  })

  it('a half-open probe is not lost to them either', async () => {
    const breaker = new CircuitBreaker('x', { halfOpenMaxRequests: 1 })
    breaker.forceState('half_open')
    await expect(breaker.run(() => 1, { signal: 5 as never })).rejects.toThrow('signal')
    expect(await breaker.run(() => 1, {})).toBe(1)
    expect(breaker.getState()).toBe('closed')
  })

  it('a range error of timeoutMs names the range', async () => {
    const call = new CircuitBreaker('x').run(() => 1, { timeoutMs: -1 })
    await expect(call).rejects.toThrow('timeoutMs is -1; expected a finite number from 0 to 2147483647')
  })
})

it('retry checks signal and budget before the first attempt', async () => {
  await expect(retry(() => 1, { signal: 5 as never })).rejects.toThrow('signal is 5; expected an AbortSignal')
  await expect(retry(() => 1, { budget: 5 as never })).rejects.toThrow('budget is 5')
  await expect(retry(() => 1, { budget: {} as never })).rejects.toThrow('budget has no deposit()')
  expect(await retry(() => 1, { budget: new RetryBudget(), signal: new AbortController().signal })).toBe(1)
})
