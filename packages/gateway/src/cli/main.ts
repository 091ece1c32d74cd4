// argv → command → exit code.
import { ConfigError } from '../config/config-error.ts'
import { suggest } from '../config/suggest.ts'
import { PACKAGE_VERSION } from '../telemetry/version.ts'
import { type Command, parseArguments } from './command.ts'
import { demo } from './commands/demo.ts'
import { proxy } from './commands/proxy.ts'
import { start } from './commands/start.ts'
import { validate } from './commands/validate.ts'
import { CommandFailure, OptionError, UsageError } from './failure.ts'
import { commandHelp, globalHelp } from './help.ts'
import { eatenByNpm, programName, retyped } from './program-name.ts'
import { processTerminal, type Terminal } from './terminal.ts'

const commands: readonly Command[] = [start, proxy, demo, validate]

/** Exit codes: 0 done, 1 failed, 2 not understood, 130 and 143 cut by a second INT or TERM. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  try {
    return await run(argv, terminal)
  } catch (error) {
    const title = terminal.style(['red', 'bold'], 'error', 'err')
    if (error instanceof ConfigError) {
      const count = error.issues.length
      const started = argv[0] === validate.name ? '' : '; nothing was started'
      terminal.err(`${title}  the configuration has ${count} ${count === 1 ? 'problem' : 'problems'}${started}\n`)
      terminal.err(error.message)
      return 1
    }
    if (error instanceof UsageError || error instanceof CommandFailure) {
      terminal.err(`${title}  ${error.message}`)
      if (error.fix !== undefined) terminal.err(`  fix: ${error.fix}`)
      return error instanceof UsageError ? 2 : 1
    }
    throw error
  }
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = argv
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    terminal.out(globalHelp(commands, terminal))
    return 0
  }
  if (first === '--version' || first === '-v' || first === '-V') {
    terminal.out(PACKAGE_VERSION)
    return 0
  }
  if (first === 'help') {
    terminal.out(commandHelp(find(rest[0] ?? '', terminal), terminal))
    return 0
  }
  const command = find(first, terminal)
  const parsed = parseArguments(command, rest, programName(terminal.env))
  if (parsed.flags.help === true) {
    terminal.out(commandHelp(command, terminal))
    return 0
  }
  const typed = { name: command.name, ...parsed }
  const meant = eatenByNpm(terminal.env, typed)
  if (meant !== undefined) {
    throw new UsageError(`npm took an option for itself: did you mean \`${meant}\`?`, 'put -- before the options')
  }
  try {
    return await command.run(parsed, terminal)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new UsageError(error.message, retyped(terminal.env, typed, error.option, error.example))
  }
}

function find(name: string, terminal: Terminal): Command {
  const command = commands.find((known) => known.name === name)
  if (command !== undefined) return command
  const program = programName(terminal.env)
  if (name.startsWith('-')) throw new UsageError(`the command comes first, found ${name}`, `${program} start ${name}`)
  if (/^https?:\/\//.test(name)) throw new UsageError(`${name} is not a command`, `${program} proxy ${name}`)
  if (/\.(ya?ml|json|m?[jt]s)$/.test(name)) {
    throw new UsageError(`${name} is not a command`, `${program} start --config ${name}`)
  }
  const names = commands.map((known) => known.name)
  const near = suggest(name, names)
  const question = near === undefined ? '' : ` Did you mean ${near}?`
  throw new UsageError(
    `there is no command ${JSON.stringify(name.slice(0, 60))}.${question}`,
    near === undefined ? `one of ${names.join(', ')}; ${program} --help tells more` : `${program} ${near}`,
  )
}
