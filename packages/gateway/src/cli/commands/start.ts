import { join } from 'node:path'
import { report } from '../../config/config-error.ts'
import { checkConfigFile } from '../../config/load.ts'
import { CONFIG_FILES, findConfig } from '../../config/lookup.ts'
import { banner } from '../banner.ts'
import { type Command, textFlag } from '../command.ts'
import { CommandFailure, UsageError } from '../failure.ts'
import { overrideOptions, readOverrides, withOverrides } from '../overrides.ts'
import { eatenByNpm, programName, startLine } from '../program-name.ts'
import { serve } from '../serve.ts'
import type { Terminal } from '../terminal.ts'
import { runDemo } from './demo.ts'

export const start: Command = {
  name: 'start',
  summary: 'Run the gateway of a configuration file',
  usage: '[--config FILE] [options]',
  options: {
    config: { type: 'string', short: 'c', value: 'FILE', help: 'YAML, JSON or a module; default: looked for here' },
    ...overrideOptions,
    demo: { type: 'boolean', help: 'without a configuration run the demo' },
  },
  examples: [
    ['start', 'the configuration of this folder'],
    ['start --config gateway.yaml --port 8081', 'another file, another port'],
  ],
  async run({ flags, positionals }, terminal) {
    const meant = eatenByNpm(terminal.env, positionals)
    if (meant !== undefined) {
      throw new UsageError(`npm took an option for itself: did you mean \`${meant}\`?`, 'put -- before the options')
    }
    const [stray] = positionals
    if (stray !== undefined) {
      throw new UsageError(`start takes no ${JSON.stringify(stray)}`, `${startLine(terminal.env)} --config ${stray}`)
    }
    const overrides = readOverrides(flags)
    const typed = { name: 'start', flags, positionals }
    const file = findConfig(textFlag(flags, 'config'), terminal.cwd, terminal.env)
    if (file === undefined && flags.demo === true) return runDemo(overrides, terminal, typed)
    if (file === undefined) throw nothingFound(terminal)
    const { config: written, warnings } = await checkConfigFile(file)
    if (warnings.length > 0) terminal.err(`${terminal.style('yellow', 'warning', 'err')}  ${report(warnings)}\n`)
    const config = withOverrides(written, overrides)
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
