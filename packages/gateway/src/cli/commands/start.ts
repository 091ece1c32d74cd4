import { join } from 'node:path'
import { report } from '../../config/config-error.ts'
import { checkConfigFile } from '../../config/load.ts'
import { CONFIG_FILES, findConfig } from '../../config/lookup.ts'
import { banner } from '../banner.ts'
import type { Command } from '../command.ts'
import { configArgument, configOption } from '../config-argument.ts'
import { CommandFailure } from '../failure.ts'
import { overrideOptions, readOverrides, withOverrides } from '../overrides.ts'
import { programName, startLine } from '../program-name.ts'
import { serve } from '../serve.ts'
import type { Terminal } from '../terminal.ts'
import { runDemo } from './demo.ts'

export const start: Command = {
  name: 'start',
  summary: 'Run the gateway of a configuration file',
  usage: '[FILE] [options]',
  options: {
    config: configOption,
    ...overrideOptions,
    demo: { type: 'boolean', help: 'without a configuration run the demo' },
  },
  examples: [
    ['start', 'the configuration of this folder'],
    ['start gateway.yaml --port 8081', 'another file, another port'],
  ],
  async run({ flags, positionals }, terminal) {
    const written = configArgument('start', { flags, positionals }, terminal.env)
    const overrides = readOverrides(flags)
    const typed = { name: 'start', flags, positionals }
    const file = findConfig(written, terminal.cwd, terminal.env)
    if (file === undefined && flags.demo === true) return runDemo(overrides, terminal, typed)
    if (file === undefined) throw nothingFound(terminal)
    const { config: asWritten, warnings } = await checkConfigFile(file, overrides)
    if (warnings.length > 0) terminal.err(`${terminal.style('yellow', 'warning', 'err')}  ${report(warnings)}\n`)
    const config = withOverrides(asWritten, overrides)
    return serve(config, terminal, {
      typed,
      onListening: (gateway) => {
        if (terminal.isInteractive) terminal.out(banner(gateway, config, terminal))
      },
    })
  },
}

export function nothingFound({ cwd, env }: Terminal): CommandFailure {
  return new CommandFailure(
    `there is no configuration. Looked for --config, BREAKWATER_CONFIG, and in ${cwd}:\n  ${CONFIG_FILES.join('\n  ')}`,
    `name the file:   ${startLine(env)} --config ${join('path', 'to', 'breakwater.yaml')}\n` +
      `       or without any: ${programName(env)} demo\n` +
      `                       ${programName(env)} proxy http://localhost:3000 --port 8080`,
  )
}
