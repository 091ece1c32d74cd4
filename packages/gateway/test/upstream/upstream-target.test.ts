import type { Target } from '@breakwater/http'
import { expect, it } from 'vitest'
import { type AttemptOutcome, UpstreamTarget } from '../../src/upstream/upstream-target.ts'

function target(clock: { now(): number }): UpstreamTarget {
  return new UpstreamTarget({ id: 'a', url: 'http://a', weight: 1 }, {} as Target, null, clock)
}

it('is suspect for a second after a connection was refused', () => {
  let now = 5
  const one = target({ now: () => now })
  expect(one.isSuspect()).toBe(false)
  one.recordAttempt('connect')
  expect(one.isSuspect()).toBe(true)
  now += 999
  expect(one.isSuspect()).toBe(true)
  now += 1
  expect(one.isSuspect()).toBe(false)
})

it.each<[AttemptOutcome, boolean]>([
  ['success', false],
  ['status_5xx', false],
  ['reset', false],
  ['cancelled', true],
  ['busy', true],
])('after %s of another attempt it is still suspect: %s', (outcome, suspect) => {
  const one = target({ now: () => 1 })
  one.recordAttempt('connect')
  one.recordAttempt(outcome)
  expect(one.isSuspect()).toBe(suspect)
})

it('is trusted again after a good health check', () => {
  const one = target({ now: () => 1 })
  one.recordAttempt('connect')
  one.trust()
  expect(one.isSuspect()).toBe(false)
})
