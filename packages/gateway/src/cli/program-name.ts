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

const EATEN = ['config', 'port', 'host', 'admin-port', 'log-level']

/**
 * `npm start --config x` without `--`: npm takes the flag for itself, puts it into the environment and passes `x` alone,
 * or nothing.
 * @returns the line that was meant, if that is what happened
 */
export function eatenByNpm(env: Environment, positionals: readonly string[]): string | undefined {
  if (!isScript(env)) return undefined
  const script = env.npm_lifecycle_event === 'start' ? 'npm start --' : `npm run ${env.npm_lifecycle_event} --`
  const command = env.npm_lifecycle_event === 'breakwater' ? ' start' : ''
  const flags: string[] = []
  const rest = [...positionals]
  for (const name of EATEN) {
    const value = env[`npm_config_${name.replaceAll('-', '_')}`]
    // An ordinary npm setting may have the same name: only "--name value" leaves the value as a positional.
    if (value === undefined || value === '') continue
    flags.push(`--${name} ${value === 'true' ? (rest.shift() ?? 'VALUE') : value}`)
  }
  return flags.length === 0 ? undefined : `${script}${command} ${flags.join(' ')}`
}
