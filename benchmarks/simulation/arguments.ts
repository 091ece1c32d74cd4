import { policies } from '@breakwater/balancer/sim'
import { UsageError } from '../runner/errors.ts'
import { suggestion } from '../runner/nearest-name.ts'
import { type Override, parseOverride } from './override.ts'

export const USAGE: string = `Usage: npm run sim -- --scenario FILE.json [options]

Replays the traffic of a scenario against the balancer's policies in simulated time.

  --scenario FILE …     one or more scenarios (relative to the current folder)
  --seed N …            whole numbers; the default is the scenario's own
  --policy POLICY …     NAME or NAME:key=value,key=value; or all (default: auto)
  --set PATH=VALUE …    changes a field of the scenarios, as in --set arrivals.load=0.7 servers.speeds=[1,2]
  --json                print one JSON document on stdout instead of tables: an object, or an array of them when
                        there are several scenarios
  --help                print this

Policies: ${policies.join(', ')}

Exit code: 0 simulated; 2 wrong usage, an invalid scenario or an unknown policy.
`

const LISTS = ['--scenario', '--seed', '--policy', '--set'] as const
const FLAGS = ['--json', '--help'] as const
const OPTIONS: readonly string[] = [...LISTS, ...FLAGS]

export interface Arguments {
  /** As typed. */
  readonly scenarios: readonly string[]
  /** Undefined: each scenario's own. */
  readonly seeds: readonly number[] | undefined
  readonly policies: readonly string[]
  readonly overrides: readonly Override[]
  readonly json: boolean
  readonly help: boolean
}

/** @throws {UsageError} naming the option, the value and what is allowed */
export function parseArguments(argv: readonly string[]): Arguments {
  const values = new Map<string, string[]>()
  let list: string[] | undefined
  for (const word of argv) {
    if (!word.startsWith('--')) {
      if (list === undefined) throw new UsageError(`unexpected ${JSON.stringify(word)}${forgotten(word)}`)
      list.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const option = equals < 0 ? word : word.slice(0, equals)
    if (!OPTIONS.includes(option)) {
      throw new UsageError(`unknown option ${option}${suggestion(option, OPTIONS)} (--help lists the options)`)
    }
    const isFlag = (FLAGS as readonly string[]).includes(option)
    if (isFlag && equals >= 0) throw new UsageError(`${option} takes no value, got ${JSON.stringify(word)}`)
    const own: string[] = values.get(option) ?? []
    values.set(option, own)
    if (equals >= 0) own.push(word.slice(equals + 1))
    list = isFlag ? undefined : own
  }
  for (const [option, own] of values) {
    if (own.length === 0 && !(FLAGS as readonly string[]).includes(option))
      throw new UsageError(`${option} needs a value`)
  }
  const help = values.has('--help')
  const scenarios = values.get('--scenario') ?? []
  if (scenarios.length === 0 && !help) throw new UsageError('--scenario FILE is missing (--help shows the usage)')
  return {
    scenarios,
    seeds: values.get('--seed')?.map(parseSeed),
    policies: (values.get('--policy') ?? ['auto']).flatMap((policy) => (policy === 'all' ? policies : [policy])),
    overrides: (values.get('--set') ?? []).map(parseOverride),
    json: values.has('--json'),
    help,
  }
}

function parseSeed(text: string): number {
  const seed = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(seed)) {
    throw new UsageError(`--seed must be a whole number, got ${JSON.stringify(text)}`)
  }
  return seed
}

// Without the `--`, npm takes the options for its own and leaves their values.
function forgotten(word: string): string {
  return word.endsWith('.json') ? `; did you mean npm run sim -- --scenario ${word}?` : ' (--help shows the usage)'
}
