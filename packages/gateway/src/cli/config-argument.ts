// Which configuration file a command line names: `FILE` and `--config FILE` mean the same.
import { type OptionSpec, type ParsedArguments, textFlag } from './command.ts'
import { UsageError } from './failure.ts'
import { programName } from './program-name.ts'

export const configOption: OptionSpec = {
  type: 'string',
  short: 'c',
  value: 'FILE',
  help: 'YAML, JSON or a module; default: looked for here',
}

/** The file that was named, or undefined. @throws UsageError for two files, or an address */
export function configArgument(
  command: string,
  { flags, positionals }: ParsedArguments,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const flag = textFlag(flags, 'config')
  const [file, extra] = flag === undefined ? positionals : [flag, ...positionals]
  if (extra !== undefined) throw new UsageError(`${command} takes one file, found also ${JSON.stringify(extra)}`)
  if (file !== undefined && /^https?:\/\//.test(file)) {
    throw new UsageError(`${command} takes a file, found ${file}`, `${programName(env)} proxy ${file}`)
  }
  return file
}
