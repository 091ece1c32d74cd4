import type { GatewayConfig } from '../../config/config.ts'
import { ConfigError, type ConfigIssue, report } from '../../config/config-error.ts'
import { checkConfigFile } from '../../config/load.ts'
import { findConfig } from '../../config/lookup.ts'
import type { Command } from '../command.ts'
import { configArgument, configOption } from '../config-argument.ts'
import { nothingFound } from './start.ts'

export const validate: Command = {
  name: 'validate',
  summary: 'Check a configuration file and start nothing',
  usage: '[FILE] [--json]',
  options: { config: configOption, json: { type: 'boolean', help: 'problems as JSON on stdout' } },
  examples: [
    ['validate', 'the configuration of this folder'],
    ['validate gateway.yaml --json', 'for a script or an editor'],
  ],
  async run({ flags, positionals }, terminal) {
    const written = configArgument('validate', { flags, positionals }, terminal.env)
    const file = findConfig(written, terminal.cwd, terminal.env)
    if (file === undefined) throw nothingFound(terminal)
    const print = (issues: readonly ConfigIssue[], warnings: readonly ConfigIssue[]): void =>
      terminal.out(JSON.stringify({ valid: issues.length === 0, file, issues, warnings }, null, 2))
    try {
      const { config, warnings } = await checkConfigFile(file)
      if (flags.json === true) {
        print([], warnings)
        return 0
      }
      if (warnings.length > 0) terminal.err(`${terminal.style('yellow', 'warning', 'err')}  ${report(warnings)}\n`)
      terminal.out(`${file} is valid: ${summary(config)}`)
      return 0
    } catch (error) {
      if (!(error instanceof ConfigError) || flags.json !== true) throw error
      print(error.issues, [])
      return 1
    }
  },
}

function summary({ upstreams, routes }: GatewayConfig): string {
  const targets = Object.values(upstreams).reduce((sum, upstream) => sum + upstream.targets.length, 0)
  const counts: [number, string][] = [
    [routes.length, 'route'],
    [Object.keys(upstreams).length, 'upstream'],
    [targets, 'target'],
  ]
  return counts.map(([count, noun]) => `${count} ${noun}${count === 1 ? '' : 's'}`).join(', ')
}
