import type { GatewayConfig } from '../../config/config.ts'
import { ConfigError } from '../../config/config-error.ts'
import { checkConfig } from '../../config/load.ts'
import { banner } from '../banner.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../failure.ts'
import { type Overrides, overrideOptions, readOverrides, withOverrides } from '../overrides.ts'
import { programName } from '../program-name.ts'
import { serve } from '../serve.ts'

export const proxy: Command = {
  name: 'proxy',
  summary: 'Put a gateway in front of one or more servers, without a configuration',
  usage: 'URL… [options]',
  options: overrideOptions,
  examples: [
    ['proxy http://localhost:3000', 'on http://127.0.0.1:8080'],
    ['proxy http://localhost:3000 http://localhost:3001 --port 8081', 'balanced over two'],
    ['proxy https://example.org --host 0.0.0.0', 'open to the network'],
  ],
  async run({ flags, positionals }, terminal) {
    if (positionals.length === 0) {
      throw new UsageError(
        'proxy needs the URL of a server',
        `${programName(terminal.env)} proxy http://localhost:3000`,
      )
    }
    const overrides = readOverrides(flags)
    const config = withOverrides(proxyConfig(positionals, overrides), overrides)
    return serve(config, terminal, {
      typed: { name: 'proxy', flags, positionals },
      onListening: (gateway) => {
        if (terminal.isInteractive) terminal.out(banner(gateway, config, terminal))
      },
    })
  },
}

/** Every path to the given servers; loopback only, and no probe paths in front of those of the servers. */
function proxyConfig(urls: readonly string[], overrides: Overrides): GatewayConfig {
  try {
    const input = {
      server: { listen: 'localhost:8080', probes: false },
      upstreams: { proxied: { targets: urls.map(withScheme) } },
      routes: [{ path: '/*', upstream: 'proxied' }],
    } as const
    return checkConfig(input, {}, overrides).config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new UsageError(error.issues.map(({ message }) => message).join('\n'), error.issues[0]?.fix)
  }
}

/** `localhost:3000` and `3000` are meant as HTTP on this machine. */
function withScheme(written: string): string {
  if (/^\d{1,5}$/.test(written)) return `http://127.0.0.1:${written}`
  return /^[A-Za-z0-9.-]+(:\d+)?$/.test(written) ? `http://${written}` : written
}
