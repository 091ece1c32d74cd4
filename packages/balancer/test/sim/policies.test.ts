import { describe, expect, test } from 'vitest'
import type { Contender, Stage } from '../../src/sim/contender.ts'
import { PolicyError, parsePolicy, policies, simulate } from '../../src/sim/index.ts'
import { Legacy } from '../../src/sim/legacy.ts'
import { Oracle } from '../../src/sim/oracle.ts'
import { scenarioOf } from './fixtures.ts'

function stageOf(truth: Partial<Stage['truth']> = {}): Stage {
  return {
    scenario: scenarioOf({ servers: { count: 3 } }),
    seed: 1,
    clock: { now: () => 0 },
    requests: 10,
    truth: { speed: Float64Array.of(1, 1, 2), workers: Int32Array.of(4, 4, 4), assigned: new Int32Array(3), ...truth },
  }
}

function sequence(contender: Contender, sessions: readonly number[]): number[] {
  return sessions.map((session, request) => contender.pick(request, session))
}

describe('names', () => {
  test('are all there and all run', () => {
    for (const policy of policies) {
      const run = simulate(
        {
          version: 1,
          durationMs: 200,
          servers: { count: 3 },
          work: { meanMs: 5 },
          arrivals: { process: 'poisson', load: 0.5 },
          sessions: { count: 10, zipf: 1 },
        },
        { policy },
      )
      expect(run.policy).toBe(policy)
      expect(run.errorShare + run.timeoutShare).toBe(0)
    }
  })

  test.each([
    ['round-robbin', 'no such policy; did you mean "round-robin"?'],
    ['', 'no such policy; known: auto, random'],
    ['oracle:d=5', 'oracle has no option "d"; it has none'],
    ['random:stikcy=on', 'random has no option "stikcy"; did you mean "sticky"?'],
    ['random:sticky=maybe', 'sticky cannot be "maybe"'],
    ['random:', 'random has no option ""'],
  ])('%j is refused', (text, message) => {
    expect(() => parsePolicy(text)).toThrow(PolicyError)
    expect(() => parsePolicy(text)).toThrow(message)
    expect(() => simulate(scenarioOf(), { policy: text })).toThrow(message)
  })
})

describe('options', () => {
  const trial = {
    version: 1,
    durationMs: 3000,
    instances: 2,
    servers: { count: 6, speeds: [1, 0.25] },
    work: { meanMs: 5 },
    arrivals: { process: 'poisson', load: 0.7 },
    sessions: { count: 300, zipf: 0.9 },
    faults: [{ kind: 'error', server: 0, fromMs: 500, toMs: 3000 }],
  } as const

  test('sticky: off moves sessions about, pin never moves them for load, overload moves some', () => {
    const { faults, ...healthy } = trial
    const kept = (policy: string): number => simulate({ ...healthy, instances: 1 }, { policy }).affinity.kept ?? 0
    const off = kept('auto:sticky=off')
    const early = kept('auto:overload=1.5')
    const late = kept('auto:overload=20')
    expect(off).toBeLessThan(early)
    expect(early).toBeLessThan(late)
    expect(kept('auto:sticky=pin')).toBe(1)
    expect(kept('round-robin:sticky=pin')).toBe(1)
    expect(kept('round-robin')).toBeLessThan(0.5)
    expect(faults).toHaveLength(1)
  })

  test('guard: off lets a failing server draw everybody to itself', () => {
    const errors = (policy: string): number => simulate(trial, { policy }).errorShare
    expect(errors('auto:sticky=off')).toBeLessThan(0.02)
    expect(errors('auto:sticky=off,guard=off')).toBeGreaterThan(0.1)
    // Without penalty, but ejected.
    const guarded = simulate(trial, { policy: 'round-robin:guard=on' })
    expect(guarded.ejections).toBeGreaterThan(0)
    expect(guarded.errorShare).toBeLessThan(errors('round-robin'))
  })

  test.each(['auto:d=2', 'p2c-ewma:tau=100', 'bounded-rendezvous:factor=2'])('%s is another policy', (text) => {
    const [name = ''] = text.split(':')
    expect(simulate(trial, { policy: text }).latencyMs).not.toEqual(simulate(trial, { policy: name }).latencyMs)
  })

  test.each(['auto:d=0', 'auto:d=1.5', 'auto:overload=0', 'p2c-ewma:tau=x', 'auto:guard='])('%s is refused', (text) => {
    expect(() => parsePolicy(text)).toThrow('cannot be')
  })
})

describe('oracle', () => {
  test('goes by true speed and by what all instances have sent', () => {
    expect(new Oracle(stageOf()).pick()).toBe(2)
    // (max(0, 11 + 1 - 4) / 4 + 1) / 2 = 1.5 against 1.
    expect(new Oracle(stageOf({ assigned: Int32Array.of(3, 0, 11) })).pick()).toBe(0)
  })

  test('sends nothing to what is drained or gone', () => {
    const oracle = new Oracle(stageOf())
    oracle.drain(2)
    expect(oracle.pick()).toBe(0)
    oracle.remove(2)
    oracle.remove(0)
    oracle.add(2)
    expect(oracle.pick()).toBe(2)
    oracle.remove(1)
    oracle.remove(2)
    expect(oracle.pick()).toBe(-1)
  })
})

describe('legacy', () => {
  test('takes turns for new sessions and keeps the others where they are', () => {
    const legacy = new Legacy(stageOf())
    expect(sequence(legacy, [7, 8, 7, 9, -1, 7])).toEqual([0, 1, 0, 2, 0, 0])
    expect(legacy.reason).toBe('pinned')
  })

  test('moves the sessions of a removed server, not those of a drained one', () => {
    const legacy = new Legacy(stageOf())
    expect(sequence(legacy, [7, 8])).toEqual([0, 1])
    const contender: Contender = legacy
    contender.drain(1)
    legacy.remove(0)
    expect(sequence(legacy, [8, 7])).toEqual([1, 1])
    expect(legacy.reason).toBe('removed')
    legacy.remove(1)
    legacy.remove(2)
    expect(sequence(legacy, [7])).toEqual([-1])
    legacy.add(3)
    expect(sequence(legacy, [7])).toEqual([3])
  })
})
