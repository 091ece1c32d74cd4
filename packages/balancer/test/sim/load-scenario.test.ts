import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadScenario, ScenarioError } from '../../src/sim/index.ts'
import { allServers } from '../../src/sim/scenario.ts'

const least = {
  version: 1,
  durationMs: 100,
  servers: { count: 3 },
  work: { meanMs: 10 },
  arrivals: { process: 'poisson', load: 0.5 },
}

function pointerOf(document: unknown): string {
  try {
    loadScenario(document)
  } catch (error) {
    if (error instanceof ScenarioError) return error.message
    throw error
  }
  return 'valid'
}

test('fills in the defaults', () => {
  expect(loadScenario(least)).toEqual({
    version: 1,
    name: '',
    description: '',
    seed: 1,
    durationMs: 100,
    warmupMs: 0,
    networkMs: 0.3,
    timeoutMs: 5000,
    instances: 1,
    servers: { count: 3, workers: [4], speeds: [1], weights: [1] },
    work: { dist: 'normal', meanMs: 10, cv: 1 },
    antagonist: null,
    arrivals: { process: 'poisson', load: 0.5, profile: [] },
    sessions: null,
    faults: [],
    churn: [],
  })
})

test('reads JSON text as well as a document, and what it made itself', () => {
  const loaded = loadScenario(JSON.stringify(least))
  expect(loaded).toEqual(loadScenario(least))
  const full = loadScenario({
    ...least,
    antagonist: { kind: 'rotating', factor: 0.5, periodMs: 10, size: 2 },
    sessions: { count: 9, zipf: 1 },
    faults: [{ kind: 'error', server: 3, fromMs: 1, toMs: 2 }],
    churn: [
      { atMs: 50, op: 'weight', server: 1, weight: 0 },
      { atMs: 9, op: 'add' },
    ],
  })
  expect(loadScenario(full)).toEqual(full)
})

test('servers take the elements of the lists in turn, added ones their own', () => {
  const scenario = loadScenario({
    ...least,
    servers: { count: 3, workers: [1, 2], speeds: 2, weights: [5] },
    churn: [{ atMs: 1, op: 'add', speed: 3, workers: 7, weight: 2 }],
  })
  expect(allServers(scenario).map(({ speed, workers, weight }) => [speed, workers, weight])).toEqual([
    [2, 1, 5],
    [2, 2, 5],
    [2, 1, 5],
    [3, 7, 2],
  ])
})

test('puts what has a time in order of time', () => {
  const { churn } = loadScenario({
    ...least,
    churn: [
      { atMs: 9, op: 'remove', server: 3 },
      { atMs: 5, op: 'add' },
    ],
  })
  expect(churn.map(({ op, server }) => [op, server])).toEqual([
    ['add', 3],
    ['remove', 3],
  ])
})

describe('names the place of what is wrong', () => {
  test.each<[unknown, string]>([
    ['{', 'not JSON'],
    [null, 'must be an object, got null'],
    [[], 'must be an object, got an array'],
    [{ ...least, version: 2 }, '/version: must be 1, got 2'],
    [{ ...least, durationMS: 5 }, '/durationMS: unknown field; did you mean "durationMs"?'],
    [{ ...least, 'a/b~c': 5 }, '/a~1b~0c: unknown field'],
    [{ ...least, durationMs: 0 }, '/durationMs: must be a number above 0'],
    [{ ...least, durationMs: '5' }, '/durationMs: must be a number above 0 and at most 1000000000, got "5"'],
    [{ ...least, warmupMs: 101 }, '/warmupMs: must be a number from 0 to 100, got 101'],
    [{ ...least, seed: 1.5 }, '/seed: must be an integer'],
    [{ ...least, name: 7 }, '/name: must be a string, got 7'],
    [{ ...least, servers: undefined }, '/servers: is required'],
    [{ ...least, servers: { count: 0 } }, '/servers/count: must be an integer from 1 to 10000, got 0'],
    [{ ...least, servers: { count: 2, speeds: [1, -1] } }, '/servers/speeds/1: must be a number above 0'],
    [{ ...least, servers: { count: 2, workers: [] } }, '/servers/workers: must not be an empty array'],
    [{ ...least, work: {} }, '/work/meanMs: is required: a number above 0'],
    [{ ...least, work: { meanMs: 1, dist: 'nromal' } }, '/work/dist: must be one of "normal", "exponential"'],
    [{ ...least, antagonist: { kind: 'random', factor: 0.5, onMs: 1 } }, '/antagonist/offMs: is required'],
    [
      { ...least, antagonist: { kind: 'random', factor: 0.5, onMs: 1, offMs: 1, size: 1 } },
      '/antagonist/size: unknown field',
    ],
    [
      { ...least, antagonist: { kind: 'rotating', factor: 0.5, periodMs: 1, size: 4 } },
      '/antagonist/size: must be an integer from 1 to 3, got 4',
    ],
    [{ ...least, arrivals: { process: 'poisson' } }, '/arrivals/load: is required'],
    [{ ...least, arrivals: { process: 'poison', load: 1 } }, '/arrivals/process: must be one of'],
    [
      { ...least, arrivals: { process: 'poisson', load: 1, profile: [[1]] } },
      '/arrivals/profile/0: must be [atMs, factor]',
    ],
    [{ ...least, arrivals: { process: 'trace', events: [[1, 2], [3]] } }, '/arrivals/events/1: must be [atMs, workMs]'],
    [
      { ...least, arrivals: { process: 'trace', events: [[1, 2, 'x']] } },
      '/arrivals/events/0/2: must be an integer from 0 to 2147483646, got "x"',
    ],
    [{ ...least, sessions: { count: 5 } }, '/sessions/zipf: is required'],
    [{ ...least, sessions: { count: 5, zipf: 1, share: 2 } }, '/sessions/share: must be a number from 0 to 1, got 2'],
    [{ ...least, faults: {} }, '/faults: must be an array, got an object'],
    [{ ...least, faults: [{ kind: 'error', server: 3, fromMs: 0, toMs: 1 }] }, '/faults/0/server: must be an integer'],
    [{ ...least, faults: [{ kind: 'slow', server: 0, fromMs: 0, toMs: 1 }] }, '/faults/0/factor: is required'],
    [
      { ...least, faults: [{ kind: 'hang', server: 0, fromMs: 2, toMs: 1 }] },
      '/faults/0/toMs: must be a number from 2',
    ],
    [{ ...least, churn: [{ atMs: 1, op: 'remove' }] }, '/churn/0/server: is required'],
    [
      {
        ...least,
        churn: [
          { atMs: 1, op: 'remove', server: 1 },
          { atMs: 2, op: 'drain', server: 1 },
        ],
      },
      '/churn/1/server: server 1 is not in the set at 2 ms',
    ],
    [{ ...least, churn: [{ atMs: 1, op: 'add', server: 7 }] }, '/churn/0/server: must be'],
    [{ ...least, churn: [{ atMs: 1, op: 'weight', server: 0 }] }, '/churn/0/weight: is required'],
  ])('%j', (document, message) => {
    expect(pointerOf(document)).toContain(message)
  })
})

const given = new URL('../../../../../shared/scenarios/', import.meta.url)

describe.skipIf(!existsSync(given))('the development scenarios', () => {
  test.each(existsSync(given) ? readdirSync(given).filter((file) => file.endsWith('.json')) : [])('%s', (file) => {
    expect(pointerOf(readFileSync(new URL(file, given), 'utf8'))).toBe('valid')
  })
})
