import { describe, expect, test } from 'vitest'
import type { Contender, Stage } from '../../src/sim/contender.ts'
import { NO_TROUBLES } from '../../src/sim/contender.ts'
import type { ScenarioInput, TraceEvent } from '../../src/sim/scenario.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import { drawTrace } from '../../src/sim/trace.ts'
import { scenarioOf } from './fixtures.ts'

interface Log {
  readonly calls: string[]
  readonly measured: ReturnType<Simulation['run']>
}

/** Runs requests under a policy that sends request i to `route[i]` (0 when missing), and writes down every call. */
function play(events: readonly TraceEvent[], fields: Partial<ScenarioInput> = {}, route: readonly number[] = []): Log {
  const scenario = scenarioOf({ ...fields, arrivals: { process: 'trace', events } })
  const calls: string[] = []
  const recruit = ({ clock, scenario: { instances } }: Stage): Contender[] =>
    Array.from({ length: instances }, (_, instance) => {
      const say = (text: string): void => {
        calls.push(`${clock.now()} ${instances > 1 ? `#${instance} ` : ''}${text}`)
      }
      return {
        reason: 'new',
        pick: (request) => {
          const server = route[request] ?? 0
          say(`pick ${request} → ${server}`)
          return server
        },
        done: (request, outcome) => say(`done ${request} ${outcome}`),
        add: (server, weight) => say(`add ${server} weight ${weight}`),
        remove: (server) => say(`remove ${server}`),
        drain: (server) => say(`drain ${server}`),
        setWeight: (server, weight) => say(`weight ${server} ${weight}`),
        troubles: () => NO_TROUBLES,
      }
    })
  const measured = new Simulation(scenario, drawTrace(scenario, 1), 1, recruit).run()
  return { calls, measured }
}

function replies({ calls }: Log): string[] {
  return calls.filter((call) => call.includes('done'))
}

describe('a server', () => {
  test('serves first in, first out, as many at a time as it has workers', () => {
    const log = play(
      [
        [0, 10],
        [1, 4],
        [2, 20],
        [3, 1],
      ],
      { servers: { count: 1, workers: 2 } },
    )
    // Network 0.5 each way: served 0.5–10.5, 1.5–5.5, 5.5–25.5, 10.5–11.5.
    expect(replies(log)).toEqual(['6 done 1 ok', '11 done 0 ok', '12 done 3 ok', '26 done 2 ok'])
    expect(log.measured.latencyMs).toMatchObject({ mean: (11 + 5 + 24 + 9) / 4, max: 24 })
    expect(log.measured.maxInFlight).toBe(4)
  })

  test('takes work ÷ speed; a change of speed does not touch what is in service', () => {
    const slow = { kind: 'slow', server: 0, fromMs: 5, toMs: 30, factor: 0.5 } as const
    const log = play(
      [
        [0, 20],
        [11, 4],
        [30, 6],
      ],
      { servers: { count: 1, workers: 1, speeds: 2 }, faults: [slow] },
    )
    // 0.5–10.5 at speed 2; 11.5–15.5 at speed 1; 30.5–33.5 at speed 2 again.
    expect(replies(log)).toEqual(['11 done 0 ok', '16 done 1 ok', '34 done 2 ok'])
  })
})

describe('a time-out', () => {
  test('releases the lease as a failure, and the server does the work all the same', () => {
    const log = play(
      [
        [0, 10],
        [1, 10],
        [2, 1],
      ],
      { servers: { count: 1, workers: 1 }, timeoutMs: 12 },
    )
    expect(replies(log)).toEqual(['11 done 0 ok', '13 done 1 timeout', '14 done 2 timeout'])
    expect(log.measured.timeoutShare).toBe(2 / 3)
    expect(log.measured.errorShare).toBe(0)
    expect(log.measured.latencyMs).toMatchObject({ p50: 12, max: 12, mean: (11 + 12 + 12) / 3 })
  })

  test('a reply at the last moment is in time', () => {
    expect(replies(play([[0, 10]], { timeoutMs: 11 }))).toEqual(['11 done 0 ok'])
    expect(replies(play([[0, 10]], { timeoutMs: 10.9 }))).toEqual(['10.9 done 0 timeout'])
  })
})

describe('faults', () => {
  const at = (kind: 'error' | 'hang', probability = 1): Partial<ScenarioInput> => ({
    timeoutMs: 50,
    faults: [{ kind, server: 0, fromMs: 10, toMs: 20, afterMs: 0.2, probability }],
  })

  test('an error fails at once, without queueing, in its window only', () => {
    const log = play(
      [
        [9, 30],
        [9.5, 30],
        [19.5, 1],
        [20, 1],
      ],
      at('error'),
    )
    // Reaches the server at 9.5 (before), 10 (first moment), 20 (first after) and 20.5.
    expect(replies(log)).toEqual(['10.7 done 1 error', '40 done 0 ok', '41 done 2 ok', '42 done 3 ok'])
    expect(log.measured.errorShare).toBe(0.25)
    // Errors are no latencies.
    expect(log.measured.latencyMs.max).toBe(31)
  })

  test('a hang is never answered and holds no worker', () => {
    const log = play(
      [
        [10, 5],
        [11, 5],
        [25, 5],
      ],
      at('hang'),
      [0, 1, 0],
    )
    expect(replies(log)).toEqual(['17 done 1 ok', '31 done 2 ok', '60 done 0 timeout'])
    expect(log.measured.maxInFlight).toBe(1)
  })

  test('hit as many as their probability says', () => {
    const events = Array.from({ length: 2000 }, (_, index): TraceEvent => [10 + index / 250, 0.001])
    const { measured } = play(events, at('error', 0.25))
    expect(measured.errorShare).toBeGreaterThan(0.22)
    expect(measured.errorShare).toBeLessThan(0.28)
  })
})

test('changes of the set reach every instance, in order, before what happens at the same time', () => {
  const { calls } = play(
    [
      [5, 1],
      [9, 1],
    ],
    {
      instances: 2,
      churn: [
        { atMs: 5, op: 'add', speed: 2, workers: 1, weight: 3 },
        { atMs: 5, op: 'drain', server: 0 },
        { atMs: 6, op: 'weight', server: 1, weight: 0 },
        { atMs: 8, op: 'remove', server: 0 },
        { atMs: 99, op: 'remove', server: 1 },
      ],
    },
    [2, 2],
  )
  expect(calls.filter((call) => !call.includes('pick') && !call.includes('done'))).toEqual([
    '5 #0 add 2 weight 3',
    '5 #1 add 2 weight 3',
    '5 #0 drain 0',
    '5 #1 drain 0',
    '6 #0 weight 1 0',
    '6 #1 weight 1 0',
    '8 #0 remove 0',
    '8 #1 remove 0',
  ])
  expect(calls.findIndex((call) => call.includes('pick'))).toBe(4)
})

test('requests at a removed server are completed', () => {
  const log = play([[0, 10]], { churn: [{ atMs: 1, op: 'remove', server: 0 }] })
  expect(replies(log)).toEqual(['11 done 0 ok'])
})

test('a request that nobody takes is an error', () => {
  const log = play(
    [
      [0, 1],
      [1, 1],
    ],
    {},
    [-1, 0],
  )
  expect(log.measured.errorShare).toBe(0.5)
  expect(replies(log)).toEqual(['3 done 1 ok'])
})

test('what arrives before the end of the warm-up is not measured', () => {
  const log = play(
    [
      [0, 30],
      [9.9, 1],
      [10, 1],
    ],
    { warmupMs: 10, servers: { count: 1, workers: 1 } },
  )
  expect(log.measured).toMatchObject({ requests: 3, measured: 1, maxInFlight: 3 })
  expect(log.measured.latencyMs.max).toBe(23)
})

test('nothing to do has no latency', () => {
  const { measured } = play([])
  expect(measured).toMatchObject({ requests: 0, measured: 0, errorShare: 0, timeoutShare: 0, maxInFlight: 0 })
  expect(measured.latencyMs).toEqual({ mean: null, p50: null, p90: null, p99: null, p999: null, max: null })
})
