import { describe, expect, test } from 'vitest'
import { ScenarioError } from '../../src/sim/errors.ts'
import { exponential, normal, seedWords, stream } from '../../src/sim/random.ts'
import type { ScenarioInput } from '../../src/sim/scenario.ts'
import { drawSpeeds } from '../../src/sim/speeds.ts'
import { drawTrace, type Trace } from '../../src/sim/trace.ts'
import { scenarioOf } from './fixtures.ts'

const second: Partial<ScenarioInput> = {
  durationMs: 100_000,
  servers: { count: 4, workers: 2, speeds: [1, 2] },
  work: { meanMs: 10 },
  arrivals: { process: 'poisson', load: 0.5 },
}

function drawn(fields: Partial<ScenarioInput>, seed = 1): Trace {
  return drawTrace(scenarioOf({ ...second, ...fields }), seed)
}

function mean(values: Iterable<number>): number {
  const all = [...values]
  return all.reduce((sum, value) => sum + value, 0) / all.length
}

function between(trace: Trace, from: number, to: number): number {
  return trace.at.filter((at) => at >= from && at < to).length
}

describe('random streams', () => {
  test('repeat for the same seed and purpose, and differ otherwise', () => {
    const first = (seed: number, purpose: string): number[] => {
      const random = stream(seed, purpose)
      return Array.from({ length: 5 }, random)
    }
    expect(first(1, 'work')).toEqual(first(1, 'work'))
    expect(first(1, 'work')).not.toEqual(first(2, 'work'))
    expect(first(1, 'work')).not.toEqual(first(1, 'arrivals'))
    // Written down once: another machine or engine must not change the traces.
    expect(first(1, 'work').map((value) => value.toFixed(6))).toMatchInlineSnapshot(`
      [
        "0.963332",
        "0.004090",
        "0.583812",
        "0.251380",
        "0.169332",
      ]
    `)
    expect(seedWords(1, 'hash')).toEqual(seedWords(1, 'hash'))
  })

  test('have the moments of their distributions', () => {
    const random = stream(3, 'moments')
    const draws = Array.from({ length: 100_000 }, random)
    expect(mean(draws)).toBeCloseTo(0.5, 2)
    expect(Math.min(...draws.slice(0, 1000))).toBeGreaterThanOrEqual(0)
    expect(mean(draws.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 2)
    const times = Array.from({ length: 100_000 }, () => exponential(random, 4))
    expect(mean(times)).toBeCloseTo(4, 1)
    const normals = Array.from({ length: 100_000 }, () => normal(random))
    expect(mean(normals)).toBeCloseTo(0, 1)
    expect(mean(normals.map((value) => value ** 2))).toBeCloseTo(1, 1)
  })
})

describe('arrivals', () => {
  test('come at the load of the capacity, as a Poisson process', () => {
    const trace = drawn({})
    // 4 servers, 2 workers each, speeds 1 2 1 2: 12 ms of work per ms, half of it asked for, 10 ms each.
    expect(trace.speeds.capacity).toBe(12)
    expect(trace.at.length / 100_000).toBeCloseTo(0.6, 2)
    const gaps = trace.at.slice(1).map((at, index) => at - (trace.at[index] as number))
    const usual = mean(gaps)
    expect(Math.sqrt(mean(gaps.map((gap) => (gap - usual) ** 2))) / usual).toBeCloseTo(1, 1)
    expect(trace.at.toSorted()).toEqual(trace.at)
  })

  test('follow the profile, 1 before its first step', () => {
    const trace = drawn({
      arrivals: {
        process: 'poisson',
        load: 0.5,
        profile: [
          [75_000, 0],
          [50_000, 2],
        ],
      },
    })
    expect(between(trace, 0, 50_000) / 50_000).toBeCloseTo(0.6, 1)
    expect(between(trace, 50_000, 75_000) / 25_000).toBeCloseTo(1.2, 1)
    expect(between(trace, 75_000, 100_000)).toBe(0)
  })

  test('come in bursts, low first', () => {
    const burst = { process: 'burst', load: 0.5, high: 3, highMs: 1000, low: 0.5, lowMs: 4000 } as const
    const trace = drawn({ arrivals: burst, durationMs: 1_000_000 })
    expect(trace.at.length / 1_000_000 / 0.6).toBeCloseTo(0.8 * 0.5 + 0.2 * 3, 0.1)
    const quiet = drawn({ arrivals: { ...burst, low: 0, lowMs: 1e9 } })
    expect(quiet.at).toHaveLength(0)
  })

  test('are refused when they would not fit into memory', () => {
    const flood = { arrivals: { process: 'poisson', load: 1e6 }, durationMs: 1e9 } as const
    expect(() => drawn(flood)).toThrow(ScenarioError)
  })

  test('are taken from a recording as they are, up to the end', () => {
    const trace = drawn({
      durationMs: 10,
      instances: 3,
      sessions: { count: 1, zipf: 0, routing: 'pinned' },
      arrivals: {
        process: 'trace',
        events: [
          [3, 7],
          [1, 5, 8],
          [10, 1],
        ],
      },
    })
    expect([...trace.at]).toEqual([1, 3])
    expect([...trace.work]).toEqual([5, 7])
    expect([...trace.session]).toEqual([8, -1])
    expect(trace.instance[0]).toBe(8 % 3)
  })
})

describe('work', () => {
  test.each(['normal', 'exponential', 'lognormal', 'constant'] as const)(
    '%s has exactly the mean asked for',
    (dist) => {
      const { work } = drawn({ work: { dist, meanMs: 7, cv: 0.5 } })
      expect(mean(work)).toBeCloseTo(7, 9)
      expect(Math.min(...work.slice(0, 1000))).toBeGreaterThan(0)
      const cv = Math.sqrt(mean(work.map((value) => (value - 7) ** 2))) / 7
      const expected = { normal: 0.45, exponential: 1, lognormal: 0.5, constant: 0 }[dist]
      expect(Math.abs(cv - expected)).toBeLessThan(0.05)
    },
  )
})

describe('sessions and instances', () => {
  test('sessions follow Zipf, a share of the requests has one', () => {
    const { session } = drawn({ sessions: { count: 3, zipf: 1, share: 0.5 } })
    const counts = [-1, 0, 1, 2].map((id) => session.filter((drawnId) => drawnId === id).length / session.length)
    // 1 : 1/2 : 1/3 of one half.
    const expected = [0.5, 3 / 11, 3 / 22, 1 / 11]
    for (const [index, share] of counts.entries())
      expect(Math.abs(share - (expected[index] as number))).toBeLessThan(0.01)
  })

  test('pinned routing sends a session through one instance', () => {
    const { session, instance } = drawn({ instances: 4, sessions: { count: 50, zipf: 0, routing: 'pinned' } })
    expect(session.every((id, request) => id % 4 === instance[request])).toBe(true)
    const any = drawn({ instances: 4 })
    expect(mean(any.instance)).toBeCloseTo(1.5, 1)
  })
})

describe('speeds', () => {
  test('a random antagonist squeezes its share of the time and lowers the capacity by as much', () => {
    const antagonist = { kind: 'random', factor: 0.25, onMs: 200, offMs: 600, servers: [1, 3] } as const
    const { speeds } = drawn({ antagonist })
    expect(new Set(speeds.steps.map(({ server }) => server))).toEqual(new Set([1, 3]))
    expect(new Set(speeds.steps.map(({ speed }) => speed))).toEqual(new Set([0.5, 2]))
    expect(speeds.capacity).toBeCloseTo(4 + 8 * (1 - 0.25 * 0.75), 0)
    expect(speeds.initial).toEqual([1, 2, 1, 2])
  })

  test('a rotating one goes round in groups', () => {
    const antagonist = { kind: 'rotating', factor: 0.5, periodMs: 10, size: 2, startMs: 5 } as const
    const { speeds } = drawn({ antagonist, durationMs: 25, servers: { count: 4, speeds: 1 } })
    expect(
      speeds.steps.filter(({ atMs }) => atMs <= 15).map(({ atMs, server, speed }) => [atMs, server, speed]),
    ).toEqual([
      [5, 0, 0.5],
      [5, 1, 0.5],
      [15, 0, 1],
      [15, 1, 1],
      [15, 2, 0.5],
      [15, 3, 0.5],
    ])
    // Two of four at half their speed for 20 of 25 ms.
    expect(speeds.capacity).toBeCloseTo(16 * (1 - 0.5 * 0.5 * (20 / 25)), 9)
  })

  test('a slow fault changes the speed and not the capacity', () => {
    const slow = { kind: 'slow', server: [0, 2], fromMs: 10, toMs: 20, factor: 0.1 } as const
    const speeds = drawSpeeds(scenarioOf({ ...second, faults: [slow] }), 1)
    expect(speeds.steps.map(({ atMs, server, speed }) => [atMs, server, speed])).toEqual([
      [10, 0, 0.1],
      [10, 2, 0.1],
      [20, 0, 1],
      [20, 2, 1],
    ])
    expect(speeds.capacity).toBe(12)
  })

  test('too many changes of speed are refused', () => {
    const antagonist = { kind: 'rotating', factor: 0.5, periodMs: 0.001, size: 4 } as const
    expect(() => drawn({ antagonist })).toThrow('/antagonist: changes more than')
  })
})

test('the same seed gives the same trace, another seed another', () => {
  const sessions = { count: 50, zipf: 1 } as const
  expect(drawn({ sessions })).toEqual(drawn({ sessions }))
  expect(drawn({ sessions }).hash).not.toBe(drawn({ sessions }, 2).hash)
  // What is drawn for one purpose does not shift what is drawn for another.
  expect(drawn({ sessions }).at).toEqual(drawn({}).at)
  expect(drawn({ sessions }).work).toEqual(drawn({ instances: 7 }).work)
})
