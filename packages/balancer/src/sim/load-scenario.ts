import { show } from '../validate.ts'
import { ScenarioError } from './errors.ts'
import { Field } from './field.ts'
import { readChurn, readFaults } from './load-events.ts'
import { readAntagonist, readArrivals } from './load-traffic.ts'
import type { Scenario, SessionSpec, WorkSpec } from './scenario.ts'

const KEYS = [
  'version',
  'name',
  'description',
  'seed',
  'durationMs',
  'warmupMs',
  'networkMs',
  'timeoutMs',
  'instances',
  'servers',
  'work',
  'antagonist',
  'arrivals',
  'sessions',
  'faults',
  'churn',
] as const

/**
 * Reads a scenario from JSON text or from a parsed document, checks it and fills in the defaults.
 * Throws ScenarioError with the JSON pointer of the first thing that is wrong.
 */
export function loadScenario(source: unknown): Scenario {
  const at = new Field(typeof source === 'string' ? parsed(source) : source).record(KEYS)
  if (at('version').value !== 1) at('version').fail(`must be 1, got ${show(at('version').value)}`)
  const durationMs = at('durationMs').number({ min: 0, max: 1e9, above: true })
  const servers = readServers(at('servers'))
  const arrivals = readArrivals(at('arrivals'))
  const churn = readChurn(at('churn'), servers.count)
  const total = servers.count + churn.filter(({ op }) => op === 'add').length
  return {
    version: 1,
    name: at('name').text(''),
    description: at('description').text(''),
    seed: at('seed').number({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, integer: true }, 1),
    durationMs,
    warmupMs: at('warmupMs').number({ min: 0, max: durationMs }, 0),
    networkMs: at('networkMs').number({ min: 0, max: 1e6 }, 0.3),
    timeoutMs: at('timeoutMs').number({ min: 0, max: 1e9, above: true }, 5000),
    instances: at('instances').number({ min: 1, max: 10_000, integer: true }, 1),
    servers,
    work: readWork(at('work'), arrivals.process === 'trace'),
    antagonist: readAntagonist(at('antagonist'), servers.count),
    arrivals,
    sessions: readSessions(at('sessions')),
    faults: readFaults(at('faults'), total),
    churn,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ScenarioError('', `not JSON: ${(error as Error).message}`)
  }
}

function readServers(field: Field): Scenario['servers'] {
  const at = field.record(['count', 'workers', 'speeds', 'weights'])
  return {
    count: at('count').number({ min: 1, max: 10_000, integer: true }),
    workers: at('workers').numbers({ min: 1, max: 10_000, integer: true }, 4),
    speeds: at('speeds').numbers({ min: 0, max: 1e6, above: true }, 1),
    weights: at('weights').numbers({ min: 0, max: 1e9 }, 1),
  }
}

function readWork(field: Field, isTrace: boolean): WorkSpec {
  // The events of a trace say their own work.
  const at = (field.missing && isTrace ? new Field({ meanMs: 1 }) : field).record(['dist', 'meanMs', 'cv'])
  return {
    dist: at('dist').choice(['normal', 'exponential', 'lognormal', 'constant'], 'normal'),
    meanMs: at('meanMs').number({ min: 0, max: 1e6, above: true }, isTrace ? 1 : undefined),
    cv: at('cv').number({ min: 0, max: 100 }, 1),
  }
}

function readSessions(field: Field): SessionSpec | null {
  if (field.missing || field.value === null) return null
  const at = field.record(['count', 'zipf', 'share', 'routing'])
  return {
    count: at('count').number({ min: 1, max: 1e7, integer: true }),
    zipf: at('zipf').number({ min: 0, max: 10 }),
    share: at('share').number({ min: 0, max: 1 }, 1),
    routing: at('routing').choice(['any', 'pinned'], 'any'),
  }
}
