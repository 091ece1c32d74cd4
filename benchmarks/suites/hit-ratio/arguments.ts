import { resolve } from 'node:path'
import { UsageError } from '../../runner/errors.ts'
import { suggestion } from '../../runner/nearest-name.ts'
import { isPolicyName, POLICY_NAMES, type PolicyName } from './policies.ts'
import { FORMATS, type Format, isFormat } from './traces/formats.ts'

export const USAGE: string = `Usage: npm run bench -- hit-ratio --trace FILE|FOLDER … [options]
       npm run bench -- hit-ratio [--synthetic] [options]

Counts the hits of cache policies on traces of requests, beside Belady's optimum.

  --trace FILE|FOLDER …   traces; .gz .zst .xz are unpacked (.xz by the command xz)
  --synthetic             seeded traces made by this command, the same on every machine (default
                          without --trace)
  --format NAME           ${FORMATS.join(', ')}
                          (default: by the name of the file's folder, arc lirs cache2k; needed elsewhere)
  --points                only the 31 points of the proof table, with both summaries; --trace names the folder
  --size N …              entries (default: 1 %, 5 % and 10 % of the distinct keys)
  --policy NAME …         ${POLICY_NAMES.slice(0, 7).join(', ')},
                          ${POLICY_NAMES.slice(7).join(', ')} (default: all)
  --json                  one JSON object a line for each trace, size and policy, instead of a table
  --help                  print this

default, lru and clock run the package's code; the others are reference simulators. Progress goes to stderr.
Exit code: 0 done; 1 a file was missing for --points; 2 wrong usage or an unreadable file.
`

/** The package reserves its slots at once and takes no more than this. */
const LARGEST_SIZE = 8_388_608

export interface HitRatioArguments {
  /** Absolute paths. */
  readonly traces: readonly string[]
  readonly synthetic: boolean
  readonly points: boolean
  readonly format: Format | undefined
  /** Empty = by the number of distinct keys. */
  readonly sizes: readonly number[]
  readonly policies: readonly PolicyName[]
  readonly json: boolean
  readonly help: boolean
}

const FLAGS = ['--synthetic', '--points', '--json', '--help']
const WITH_VALUES = ['--trace', '--format', '--size', '--policy']

function parseSize(text: string): number {
  const size = Number(text)
  if (!/^\d+$/.test(text) || size < 1 || size > LARGEST_SIZE) {
    throw new UsageError(`--size must be a whole number from 1 to ${LARGEST_SIZE}, got ${JSON.stringify(text)}`)
  }
  return size
}

function parseFormat(text: string): Format {
  if (isFormat(text)) return text
  throw new UsageError(`unknown format ${text}${suggestion(text, FORMATS)} (known: ${FORMATS.join(', ')})`)
}

function parsePolicy(text: string): PolicyName {
  if (isPolicyName(text)) return text
  throw new UsageError(`unknown policy ${text}${suggestion(text, POLICY_NAMES)} (known: ${POLICY_NAMES.join(', ')})`)
}

/** Every option with the words that follow it, commas allowed between them. */
function collect(argv: readonly string[]): Map<string, string[]> {
  const given = new Map<string, string[]>()
  let values: string[] | undefined
  for (const word of argv) {
    if (!word.startsWith('--')) {
      if (values === undefined) throw new UsageError(`${JSON.stringify(word)} belongs to no option (--help lists them)`)
      values.push(...(values === given.get('--trace') ? [word] : word.split(',').filter((part) => part !== '')))
      continue
    }
    const equals = word.indexOf('=')
    const option = equals < 0 ? word : word.slice(0, equals)
    const known = [...FLAGS, ...WITH_VALUES]
    if (!known.includes(option)) {
      throw new UsageError(`unknown option ${option}${suggestion(option, known)} (--help lists the options)`)
    }
    if (FLAGS.includes(option)) {
      if (equals >= 0) throw new UsageError(`${option} takes no value, got ${JSON.stringify(word.slice(equals + 1))}`)
      given.set(option, [])
      values = undefined
      continue
    }
    values = given.get(option) ?? []
    given.set(option, values)
    if (equals >= 0) values.push(...word.slice(equals + 1).split(','))
  }
  for (const option of WITH_VALUES) {
    if (given.get(option)?.length === 0) throw new UsageError(`${option} needs a value`)
  }
  return given
}

/**
 * @param folder where the command was typed; traces are relative to it
 * @throws {UsageError} naming the option, the value and what is allowed
 */
export function parseHitRatioArguments(argv: readonly string[], folder: string): HitRatioArguments {
  const given = collect(argv)
  const traces = (given.get('--trace') ?? []).map((path) => resolve(folder, path))
  const formats = given.get('--format') ?? []
  if (formats.length > 1) throw new UsageError(`--format takes one name, got ${formats.join(' ')}`)
  const result: HitRatioArguments = {
    traces,
    synthetic: given.has('--synthetic') || !(given.has('--trace') || given.has('--points')),
    points: given.has('--points'),
    format: formats[0] === undefined ? undefined : parseFormat(formats[0]),
    sizes: [...new Set((given.get('--size') ?? []).map(parseSize))],
    policies: given.has('--policy') ? [...new Set((given.get('--policy') ?? []).map(parsePolicy))] : POLICY_NAMES,
    json: given.has('--json'),
    help: given.has('--help'),
  }
  if (result.help) return result
  if (result.synthetic && (result.points || traces.length > 0)) {
    throw new UsageError('--synthetic makes its own traces: leave out --trace and --points')
  }
  if (result.points && traces.length === 0) throw new UsageError('--points needs --trace FOLDER with the public traces')
  if (result.points && (result.sizes.length > 0 || result.format !== undefined)) {
    throw new UsageError('--points brings its own sizes and formats: leave out --size and --format')
  }
  return result
}
