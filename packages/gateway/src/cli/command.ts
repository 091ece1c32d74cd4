// What a command is, and its arguments by node:util parseArgs with messages of our own.
import { parseArgs } from 'node:util'
import { suggest } from '../config/suggest.ts'
import { OptionError, UsageError } from './failure.ts'
import type { Terminal } from './terminal.ts'

export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** Placeholder of the value in the help: `FILE`. */
  readonly value?: string
  readonly help: string
}

export interface Flags {
  readonly [name: string]: string | boolean | undefined
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** After the name: `[file] [options]`. */
  readonly usage: string
  readonly options: Readonly<Record<string, OptionSpec>>
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** @returns the exit code */
  run(arguments_: ParsedArguments, terminal: Terminal): Promise<number>
}

export interface ParsedArguments {
  readonly flags: Flags
  readonly positionals: readonly string[]
}

export const HELP: OptionSpec = { type: 'boolean', short: 'h', help: 'show this help' }

/**
 * @param program how the program was called, for the line that a failure proposes
 * @throws UsageError that names the nearest option
 */
export function parseArguments(command: Command, args: readonly string[], program: string): ParsedArguments {
  const specs: Readonly<Record<string, OptionSpec>> = { ...command.options, help: HELP }
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  )
  // Not strict: its messages name neither the command nor the option that was meant.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const flags: Record<string, string | boolean> = {}
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined
    if (spec === undefined) throw unknownOption(token.rawName, Object.keys(specs), command, program)
    if (spec.type === 'boolean') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`)
      flags[token.name] = true
      continue
    }
    // `--config --port 1`: the second flag is not a file name. `--config=--x` says that it is meant.
    if (token.value === undefined || (token.inlineValue === false && token.value.startsWith('-'))) {
      throw new UsageError(`${token.rawName} needs a value`, `${token.rawName} ${spec.value ?? 'VALUE'}`)
    }
    flags[token.name] = token.value
  }
  return { flags, positionals }
}

function unknownOption(written: string, known: readonly string[], command: Command, program: string): UsageError {
  const near = suggest(written.replace(/^-+/, ''), known)
  const question = near === undefined ? '' : `. Did you mean --${near}?`
  return new UsageError(
    `${command.name} has no option ${written}${question}`,
    `${program} ${command.name} --help shows all`,
  )
}

/** Value of a text option. */
export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

/** Value of a port option. @throws UsageError */
export function portFlag(flags: Flags, name: string): number | undefined {
  const value = textFlag(flags, name)
  if (value === undefined) return undefined
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
  const example = name === 'admin-port' ? '9901' : '8080'
  throw new OptionError(`--${name} expects a port from 0 to 65535, found ${JSON.stringify(value)}`, name, example)
}
