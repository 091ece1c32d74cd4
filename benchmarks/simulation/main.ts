// The command from the first word to the exit code.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import {
  type Comparison,
  compare,
  formatTable,
  loadScenario,
  PolicyError,
  parsePolicy,
  type RunResult,
  type Scenario,
  ScenarioError,
} from '@breakwater/balancer/sim'
import { UsageError } from '../runner/errors.ts'
import { type Arguments, parseArguments, USAGE } from './arguments.ts'
import { applyOverride } from './override.ts'

export interface Surroundings {
  /** Where the command was typed. */
  readonly folder: string
  readonly stdout: Pick<Writable, 'write'>
  readonly stderr: Pick<Writable, 'write'>
}

/** @returns the exit code: 0 simulated, 2 wrong usage or an invalid scenario */
export function main(argv: readonly string[], { folder, stdout, stderr }: Surroundings): number {
  try {
    const options = parseArguments(argv)
    if (options.help) {
      stdout.write(USAGE)
      return 0
    }
    // Everything is read and checked before anything runs: a slip in the last file costs no waiting.
    for (const policy of options.policies) parsePolicy(policy)
    const scenarios = options.scenarios.map((file) => readScenario(file, folder, options))
    const results = scenarios.map((scenario) => simulateOne(scenario, options, { folder, stdout, stderr }))
    if (options.json) stdout.write(`${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`)
    return 0
  } catch (error) {
    if (error instanceof UsageError || error instanceof ScenarioError || error instanceof PolicyError) {
      stderr.write(`sim: ${error.message}\n`)
      return 2
    }
    throw error
  }
}

function simulateOne(scenario: Scenario, options: Arguments, { stdout, stderr }: Surroundings): Comparison {
  const { seeds, policies, overrides } = options
  const result = compare(scenario, {
    policies,
    ...(seeds === undefined ? {} : { seeds }),
    onRun: (run) => stderr.write(`${describeRun(scenario.name, run)}\n`),
  })
  if (!options.json) stdout.write(`${formatTable(result)}\n`)
  if (overrides.length === 0) return result
  return Object.assign(result, { set: Object.fromEntries(overrides.map(({ path, value }) => [path, value])) })
}

function describeRun(scenario: string, { policy, seed, latencyMs, ratio, wallMs }: RunResult): string {
  const p99 = latencyMs.p99 === null ? 'no reply' : `p99 ${latencyMs.p99.toFixed(1)} ms`
  const share = ratio.p99 === null ? '' : ` = ${ratio.p99.toFixed(2)}x central`
  return `${scenario} seed ${seed} ${policy}: ${p99}${share} (${(wallMs / 1000).toFixed(1)} s)`
}

function readScenario(file: string, folder: string, { overrides }: Arguments): Scenario {
  let text: string
  try {
    text = readFileSync(resolve(folder, file), 'utf8')
  } catch (error) {
    throw new UsageError(`--scenario ${file}: ${(error as Error).message}`)
  }
  try {
    return loadScenario(overrides.length === 0 ? text : overridden(text, overrides))
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    throw new UsageError(`${file}: ${error.message}`)
  }
}

function overridden(text: string, overrides: Arguments['overrides']): unknown {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    // Let loadScenario say what is wrong with the text.
    return text
  }
  for (const override of overrides) applyOverride(document, override)
  return document
}
