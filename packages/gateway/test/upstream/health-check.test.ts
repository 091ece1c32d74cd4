import type { Target } from '@breakwater/http'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type CheckedTarget, HealthCheck, type Probe } from '../../src/upstream/health-check.ts'

const CONFIG = {
  path: '/healthz',
  intervalMs: 1000,
  timeoutMs: 200,
  healthy: 2,
  unhealthy: 3,
  status: { min: 200, max: 299 },
}
const IN_THE_MIDDLE = (): number => 0.5

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function target(id: string): CheckedTarget & { origin: string } {
  const origin = `http://${id}`
  return {
    id,
    origin,
    connections: { origin } as Target,
    healthy: true,
    checks: { success: 0, failure: 0 },
    trust() {},
  }
}

/** A probe whose answers the test sets; `null` = the connection fails. */
function scriptedProbe(): { probe: Probe; answers: Map<string, number | null>; calls: string[] } {
  const answers = new Map<string, number | null>()
  const calls: string[] = []
  const probe: Probe = async ({ origin }, { path, timeoutMs }) => {
    calls.push(`${origin}${path} ${timeoutMs}`)
    const status = answers.get(origin) ?? null
    if (status === null) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    return { status }
  }
  return { probe, answers, calls }
}

it('asks every target at once on start, then at the interval, with the configured path and time-out', async () => {
  const { probe, calls } = scriptedProbe()
  const check = new HealthCheck([target('a'), target('b')], CONFIG, () => {}, { probe, random: IN_THE_MIDDLE })
  check.start()
  expect(calls).toEqual(['http://a/healthz 200', 'http://b/healthz 200'])
  await vi.advanceTimersByTimeAsync(1000)
  expect(calls).toHaveLength(4)
  check.stop()
})

it('needs the configured number of equal answers in a row to change its mind', async () => {
  const { probe, answers } = scriptedProbe()
  const one = target('a')
  const changes: string[] = []
  const check = new HealthCheck(
    [one],
    CONFIG,
    (changed, cause) => changes.push(`${changed.id} ${changed.healthy} ${cause}`),
    {
      probe,
      random: IN_THE_MIDDLE,
    },
  )
  const script: (number | null)[] = [500, 500, 200, 301, null, 199, 204, 500, 200, 200]
  const seen: boolean[] = []
  for (const [index, answer] of script.entries()) {
    answers.set(one.origin, answer)
    if (index === 0) check.start()
    await vi.advanceTimersByTimeAsync(index === 0 ? 0 : 1000)
    seen.push(one.healthy)
  }
  expect(seen).toEqual([true, true, true, true, true, false, false, false, false, true])
  expect(changes).toEqual(['a false status 199', 'a true status 200'])
  expect(one.checks).toEqual({ success: 4, failure: 6 })
  check.stop()
})

it('names the error code that decided', async () => {
  const { probe } = scriptedProbe()
  const changes: string[] = []
  const check = new HealthCheck([target('a')], { ...CONFIG, unhealthy: 1 }, (_, cause) => changes.push(cause), {
    probe,
  })
  check.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(changes).toEqual(['ECONNREFUSED'])
  check.stop()
})

it('spreads the rounds by ten per cent to either side', async () => {
  const { probe, calls } = scriptedProbe()
  const draws = [0, 0.999]
  const check = new HealthCheck([target('a')], CONFIG, () => {}, { probe, random: () => draws.shift() ?? 0.5 })
  check.start()
  await vi.advanceTimersByTimeAsync(899)
  expect(calls).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(calls).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1098)
  expect(calls).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(calls).toHaveLength(3)
  check.stop()
})

it('does not ask again while a target owes an answer', async () => {
  let asked = 0
  const never: Probe = () => {
    asked++
    return new Promise(() => {})
  }
  const check = new HealthCheck([target('a')], CONFIG, () => {}, { probe: never, random: IN_THE_MIDDLE })
  check.start()
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toBe(1)
  check.stop()
})

it('is silent after stop, also about an answer under way', async () => {
  let answer: (result: { status: number }) => void = () => {}
  const late: Probe = () =>
    new Promise((resolve) => {
      answer = resolve
    })
  const one = target('a')
  const check = new HealthCheck([one], { ...CONFIG, unhealthy: 1 }, () => expect.unreachable(), { probe: late })
  check.start()
  check.stop()
  answer({ status: 500 })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(one).toMatchObject({ healthy: true, checks: { success: 0, failure: 0 } })
  expect(vi.getTimerCount()).toBe(0)
})

it('has one timer for all targets, and starting twice adds none', () => {
  const { probe } = scriptedProbe()
  const check = new HealthCheck(['a', 'b', 'c'].map(target), CONFIG, () => {}, { probe })
  check.start()
  check.start()
  expect(vi.getTimerCount()).toBe(1)
  check.stop()
})
