import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UsageError } from './errors.ts'
import { suggestion } from './nearest-name.ts'

export const USAGE = `Usage: npm run bench -- [SUITE…] [options]

Runs the named suites (all without a name): every contender in its own process, in turn, over several rounds.

  --list        print the suites with their contenders and cases, run nothing
  --quick       2 rounds and short samples: shows that a suite works, proves nothing
  --rounds N    rounds, 1 to 99 (5; with --quick 2)
  --json        print one JSON document on stdout instead of tables
  --out FILE    write the JSON document to FILE as well (relative to the current folder)
  --help        print this

Exit code: 0 measured; 1 a contender gave a wrong answer, crashed, hung or printed; 2 wrong usage.
`

const OPTIONS = ['--list', '--quick', '--rounds', '--json', '--out', '--help']
const MAX_ROUNDS = 99

export interface Arguments {
  readonly suites: readonly string[]
  readonly list: boolean
  readonly quick: boolean
  readonly rounds: number
  readonly json: boolean
  /** Absolute path. */
  readonly out: string | undefined
  readonly help: boolean
}

function parseRounds(text: string): number {
  const rounds = Number(text)
  if (!/^\d+$/.test(text) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new UsageError(`--rounds must be a whole number from 1 to ${MAX_ROUNDS}, got ${JSON.stringify(text)}`)
  }
  return rounds
}

/** Half an hour of measuring must not end at a folder that is not there: looked at before anything runs. */
function checkOutputFile(typed: string, file: string): void {
  const folder = dirname(file)
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`--out ${typed}: the folder ${folder} does not exist; create it first`)
  if (!found.isDirectory()) throw new UsageError(`--out ${typed}: ${folder} is not a folder`)
  const existing = statSync(file, { throwIfNoEntry: false })
  if (existing?.isDirectory() === true) throw new UsageError(`--out ${typed}: ${file} is a folder; name a file in it`)
  try {
    accessSync(existing === undefined ? folder : file, constants.W_OK)
  } catch {
    throw new UsageError(`--out ${typed}: no permission to write ${file}`)
  }
}

/**
 * @param folder where the command was typed; `--out` is relative to it
 * @throws {UsageError} naming the option, the value and what is allowed
 */
export function parseArguments(argv: readonly string[], folder: string): Arguments {
  const suites: string[] = []
  const given = new Set<string>()
  let rounds: number | undefined
  let out: string | undefined
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (!word.startsWith('-')) {
      if (!suites.includes(word)) suites.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const option = equals < 0 ? word : word.slice(0, equals)
    if (!OPTIONS.includes(option)) {
      throw new UsageError(`unknown option ${option}${suggestion(option, OPTIONS)} (--help lists the options)`)
    }
    given.add(option)
    if (option !== '--rounds' && option !== '--out') {
      if (equals >= 0) throw new UsageError(`${option} takes no value, got ${JSON.stringify(word.slice(equals + 1))}`)
      continue
    }
    const value = equals < 0 ? argv[++index] : word.slice(equals + 1)
    if (value === undefined || value === '' || (equals < 0 && value.startsWith('--'))) {
      throw new UsageError(`${option} needs ${option === '--out' ? 'a file name' : 'a number'}`)
    }
    if (option === '--rounds') rounds = parseRounds(value)
    else out = value
  }
  const file = out === undefined ? undefined : resolve(folder, out)
  const help = given.has('--help')
  if (out !== undefined && file !== undefined && !help) checkOutputFile(out, file)
  const quick = given.has('--quick')
  return {
    suites,
    list: given.has('--list'),
    quick,
    rounds: rounds ?? (quick ? 2 : 5),
    json: given.has('--json'),
    out: file,
    help,
  }
}
