import { resolve } from 'node:path'
import { UsageError } from '../runner/errors.ts'
import { suggestion } from '../runner/nearest-name.ts'

const SUBJECTS = ['breaker']
const OPTIONS = ['--vectors', '--implementation', '--json', '--help']

export interface Arguments {
  /** Absolute path; undefined: the repository's own file. */
  readonly vectors: string | undefined
  /** Names given with --implementation; none: ours, with the scoreboard of all. */
  readonly implementations: readonly string[]
  readonly json: boolean
  readonly help: boolean
}

export function usage(implementations: readonly string[]): string {
  return `Usage: npm run conformance -- breaker [options]

Runs vectors (one JSON object a line, format in benchmarks/conformance/README.md) on a circuit breaker in virtual time.

  --vectors FILE           the vectors, relative to the current folder (default: the repository's own)
  --implementation NAME    ${implementations.join(', ')};
                           "ours" is every level of this package's API. May be given more than once. Default: ours,
                           and the scoreboard of all
  --json                   print one JSON document on stdout instead of lines
  --help                   print this

Exit code: 0 every vector passed; 1 one failed; 2 wrong usage, or a file that is not of the format.
`
}

/**
 * @param folder where the command was typed; `--vectors` is relative to it
 * @param known names of implementations
 * @throws {UsageError} naming the option, the value and what is allowed
 */
export function parseArguments(argv: readonly string[], folder: string, known: readonly string[]): Arguments {
  const values: Record<'--vectors' | '--implementation', string[]> = { '--vectors': [], '--implementation': [] }
  const given = new Set<string>()
  const subjects: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (!word.startsWith('-')) {
      subjects.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const option = equals < 0 ? word : word.slice(0, equals)
    if (!OPTIONS.includes(option)) {
      throw new UsageError(`unknown option ${option}${suggestion(option, OPTIONS)} (--help lists the options)`)
    }
    given.add(option)
    if (option !== '--vectors' && option !== '--implementation') {
      if (equals >= 0) throw new UsageError(`${option} takes no value, got ${JSON.stringify(word.slice(equals + 1))}`)
      continue
    }
    const value = equals < 0 ? argv[++index] : word.slice(equals + 1)
    if (value === undefined || value === '' || (equals < 0 && value.startsWith('--'))) {
      throw new UsageError(`${option} needs ${option === '--vectors' ? 'a file name' : 'a name'}`)
    }
    values[option].push(value)
  }
  const help = given.has('--help')
  if (!help) requireSubject(subjects)
  for (const name of values['--implementation']) {
    if (known.includes(name)) continue
    throw new UsageError(`unknown implementation ${name}${suggestion(name, known)} (known: ${known.join(', ')})`)
  }
  const [vectors, second] = values['--vectors']
  if (second !== undefined) throw new UsageError('--vectors is given twice; one file at a time')
  return {
    vectors: vectors === undefined ? undefined : resolve(folder, vectors),
    implementations: [...new Set(values['--implementation'])],
    json: given.has('--json'),
    help,
  }
}

function requireSubject(subjects: readonly string[]): void {
  const [subject, second] = subjects
  if (subject === undefined) throw new UsageError(`what to test is missing (known: ${SUBJECTS.join(', ')})`)
  if (!SUBJECTS.includes(subject)) {
    throw new UsageError(`unknown subject ${subject}${suggestion(subject, SUBJECTS)} (known: ${SUBJECTS.join(', ')})`)
  }
  if (second !== undefined) {
    throw new UsageError(`${JSON.stringify(second)} is one word too many; a file is given as --vectors ${second}`)
  }
}
