import { demoBanner } from '../../demo/banner.ts'
import { Demo } from '../../demo/demo.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../failure.ts'
import { type Overrides, overrideOptions, readOverrides, withOverrides } from '../overrides.ts'
import type { TypedCommand } from '../program-name.ts'
import { serve } from '../serve.ts'
import type { Terminal } from '../terminal.ts'

export const demo: Command = {
  name: 'demo',
  summary: 'Run the gateway over three embedded upstreams that can be broken and healed',
  usage: '[options]',
  options: overrideOptions,
  examples: [
    ['demo', 'on http://127.0.0.1:8080'],
    ['demo --port 8081 --admin-port 9911', 'beside another one'],
  ],
  async run({ flags, positionals }, terminal) {
    if (positionals.length > 0) throw new UsageError(`demo takes no ${JSON.stringify(positionals[0])}`)
    return runDemo(readOverrides(flags), terminal, { name: 'demo', flags, positionals })
  },
}

export async function runDemo(overrides: Overrides, terminal: Terminal, typed: TypedCommand): Promise<number> {
  const running = await Demo.start()
  try {
    const config = withOverrides(running.config, overrides)
    return await serve(config, terminal, {
      typed,
      onListening: (gateway) => {
        const text = demoBanner(gateway, config, running, terminal)
        // stdout carries the log, one JSON object per line, when nobody looks at it.
        if (terminal.isInteractive) terminal.out(text)
        else terminal.err(text)
      },
    })
  } finally {
    await running.stop()
  }
}
