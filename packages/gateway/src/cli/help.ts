import { CONFIG_FILES } from '../config/lookup.ts'
import { type Command, HELP, type OptionSpec } from './command.ts'
import { programName } from './program-name.ts'
import type { Terminal } from './terminal.ts'

export function globalHelp(commands: readonly Command[], terminal: Terminal): string {
  const program = programName(terminal.env)
  const heading = (text: string): string => terminal.style('bold', text)
  return [
    'breakwater: an HTTP gateway with circuit breakers, sticky load balancing and health checks',
    '',
    heading('Usage'),
    `  ${program} COMMAND [options]`,
    '',
    heading('Commands'),
    ...table(commands.map(({ name, summary }) => [name, summary])),
    '',
    heading('Options'),
    ...table([
      ['-h, --help', 'this help, or that of a command'],
      ['-v, --version', 'the version'],
    ]),
    '',
    heading('Configuration'),
    '  FILE or --config FILE, else the file named by BREAKWATER_CONFIG, else in the current folder the first of',
    `  ${CONFIG_FILES.slice(0, 4).join(', ')},`,
    `  ${CONFIG_FILES.slice(4).join(', ')}`,
    '',
    heading('Begin'),
    ...table([
      [`${program} demo`, 'three upstreams to play with, nothing to write'],
      [`${program} proxy http://localhost:3000`, 'in front of a service of your own'],
    ]),
  ].join('\n')
}

export function commandHelp(command: Command, terminal: Terminal): string {
  const program = programName(terminal.env)
  const heading = (text: string): string => terminal.style('bold', text)
  const options: [string, OptionSpec][] = [...Object.entries(command.options), ['help', HELP]]
  return [
    command.summary,
    '',
    heading('Usage'),
    `  ${program} ${command.name} ${command.usage}`,
    '',
    heading('Options'),
    ...table(options.map(([name, spec]) => [optionText(name, spec), spec.help])),
    '',
    heading('Examples'),
    ...table(command.examples.map(([line, does]) => [`${program} ${line}`, does])),
  ].join('\n')
}

function optionText(name: string, { short, value }: OptionSpec): string {
  const letter = short === undefined ? '    ' : `-${short}, `
  return `${letter}--${name}${value === undefined ? '' : ` ${value}`}`
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`)
}
