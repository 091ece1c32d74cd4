// How this process was started, so that printed commands can be pasted.
type Environment = Readonly<Record<string, string | undefined>>

const SCRIPTS = ['start', 'dev', 'breakwater']

/** True inside a script of this repository's package.json. */
function isScript(env: Environment): boolean {
  return SCRIPTS.includes(env.npm_lifecycle_event ?? '')
}

/** `breakwater`, `npx breakwater`, or `npm run breakwater --`. */
export function programName(env: Environment): string {
  if (isScript(env)) return 'npm run breakwater --'
  return env.npm_lifecycle_event === 'npx' ? 'npx breakwater' : 'breakwater'
}

/** The command line that passes options to `start`. */
export function startLine(env: Environment): string {
  return isScript(env) ? 'npm start --' : `${programName(env)} start`
}

/** A command as it was typed. */
export interface TypedCommand {
  readonly name: string
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
  readonly positionals: readonly string[]
}

/** The command line once more, with one option set, as it has to be typed. */
export function retyped(
  env: Environment,
  { name, flags, positionals }: TypedCommand,
  option: string,
  value: string,
): string {
  const words = name === 'start' ? [startLine(env)] : [programName(env), name]
  words.push(...positionals.map(quoted))
  for (const [flag, given] of Object.entries(flags)) {
    // `--demo` is in the scripts already.
    if (flag === option || given === undefined || (flag === 'demo' && isScript(env))) continue
    words.push(given === true ? `--${flag}` : `--${flag} ${quoted(String(given))}`)
  }
  return [...words, `--${option} ${value}`].join(' ')
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** Options, and the npm settings that `--name` and the short form become. */
const EATEN: readonly (readonly [name: string, settings: readonly string[]])[] = [
  ['config', ['config', 'call']],
  ['port', ['port', 'parseable']],
  ['host', ['host']],
  ['admin-port', ['admin_port']],
  ['log-level', ['log_level']],
]

/**
 * `npm start --config x` without `--`: npm takes the flag for itself, puts it into the environment and passes `x` alone,
 * or nothing.
 * @returns the line that was meant, if that is what happened
 */
export function eatenByNpm(env: Environment, { name, flags, positionals }: TypedCommand): string | undefined {
  if (!isScript(env)) return undefined
  const eaten: string[] = []
  const rest = [...positionals]
  for (const [option, settings] of EATEN) {
    const value = settings.map((setting) => env[`npm_config_${setting}`]).find(Boolean)
    if (value === undefined || flags[option] !== undefined) continue
    const isPort = option.endsWith('port')
    // An ordinary npm setting may have the name of the short form: only "-p 81" leaves a number behind.
    if (env[`npm_config_${settings[0]}`] === undefined && isPort && !rest.some(isNumber)) continue
    eaten.push(`--${option} ${value === 'true' ? (take(rest, isPort) ?? 'VALUE') : quoted(value)}`)
  }
  if (eaten.length === 0) return undefined
  const given = Object.entries(flags).flatMap(([flag, value]) => {
    if (value === undefined || flag === 'demo') return []
    return value === true ? [`--${flag}`] : [`--${flag} ${quoted(String(value))}`]
  })
  const script = env.npm_lifecycle_event ?? 'start'
  const front =
    script === 'breakwater' ? [programName(env), name] : [`npm ${script === 'start' ? '' : 'run '}${script} --`]
  return [...front, ...rest.map(quoted), ...given, ...eaten].join(' ')
}

/** The word that stood behind the option. */
function take(words: string[], isPort: boolean): string | undefined {
  const index = isPort ? words.findIndex(isNumber) : words.findIndex((word) => !/^https?:/.test(word))
  return index === -1 ? undefined : words.splice(index, 1).map(quoted)[0]
}

function isNumber(word: string): boolean {
  return /^\d+$/.test(word)
}
