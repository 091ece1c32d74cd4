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

const EATEN = ['config', 'port', 'host', 'admin-port', 'log-level']

/**
 * `npm start --config x` without `--`: npm takes the flag for itself and passes `x` alone, or nothing.
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
  if (flags.length === 0 && rest.length > 0) flags.push(`--config ${rest[0]}`)
  return flags.length === 0 ? undefined : `${script}${command} ${flags.join(' ')}`
}
