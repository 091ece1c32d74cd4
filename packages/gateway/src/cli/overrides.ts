// Flags that replace a value of the configuration.
import { isLoopback, sameEndpoint } from '../config/checks.ts'
import type { GatewayConfig, ObservabilitySettings } from '../config/config.ts'
import { suggest } from '../config/suggest.ts'
import { type Flags, type OptionSpec, portFlag, textFlag } from './command.ts'
import { OptionError, UsageError } from './failure.ts'

export const overrideOptions: Readonly<Record<'port' | 'host' | 'admin-port' | 'log-level', OptionSpec>> = {
  port: { type: 'string', short: 'p', value: 'N', help: 'public port, 0 = any free one' },
  host: { type: 'string', value: 'HOST', help: 'address to listen on; 0.0.0.0 = every interface' },
  'admin-port': { type: 'string', value: 'N', help: 'port of the admin listener on loopback' },
  'log-level': { type: 'string', value: 'LEVEL', help: 'trace, debug, info, warn, error, fatal or silent' },
}

const LEVELS: readonly ObservabilitySettings['log']['level'][] = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'silent',
]

export interface Overrides {
  readonly port: number | undefined
  readonly host: string | undefined
  readonly adminPort: number | undefined
  readonly level: ObservabilitySettings['log']['level'] | undefined
}

/** Read before anything is loaded or started. @throws UsageError for a value that cannot be */
export function readOverrides(flags: Flags): Overrides {
  return {
    port: portFlag(flags, 'port'),
    host: hostFlag(flags),
    adminPort: portFlag(flags, 'admin-port'),
    level: levelFlag(flags),
  }
}

/** @throws UsageError for two listeners on one port, or the port of a listener that is switched off */
export function withOverrides(config: GatewayConfig, overrides: Overrides): GatewayConfig {
  const { server, observability, admin: configured } = config
  const { adminPort } = overrides
  const listen = {
    ...server.listen,
    host: overrides.host ?? server.listen.host,
    port: overrides.port ?? server.listen.port,
  }
  if (adminPort !== undefined && configured === null) {
    throw new UsageError('--admin-port: the configuration switches the admin listener off (admin: false)')
  }
  const admin =
    configured === null ? null : { listen: { ...configured.listen, port: adminPort ?? configured.listen.port } }
  if (admin !== null && sameEndpoint(listen, admin.listen)) {
    throw new OptionError(
      `the public listener and the admin listener cannot share port ${listen.port}`,
      'admin-port',
      String(listen.port === 9901 ? 9902 : 9901),
    )
  }
  const log = { ...observability.log, level: overrides.level ?? observability.log.level }
  return { ...config, server: { ...server, listen }, admin, observability: { ...observability, log } }
}

function hostFlag(flags: Flags): string | undefined {
  const host = textFlag(flags, 'host')?.replace(/^\[(.*)\]$/, '$1')
  if (host === undefined || /^[A-Za-z0-9._:%-]+$/.test(host)) return host
  throw new OptionError(`--host expects an address or a name, found ${JSON.stringify(host)}`, 'host', '127.0.0.1')
}

function levelFlag(flags: Flags): ObservabilitySettings['log']['level'] | undefined {
  const written = textFlag(flags, 'log-level')
  const level = LEVELS.find((known) => known === written)
  if (written === undefined || level !== undefined) return level
  const near = suggest(written, LEVELS)
  throw new OptionError(
    `--log-level expects ${LEVELS.join(', ')}, found ${JSON.stringify(written)}${near === undefined ? '' : `. Did you mean ${near}?`}`,
    'log-level',
    near ?? 'info',
  )
}

/** `http://127.0.0.1:8080`; an address that means every interface is shown by one that can be opened. */
export function shownUrl({ host, port }: GatewayConfig['server']['listen']): string {
  const name = host === '0.0.0.0' || host === '::' || (isLoopback(host) && host !== '::1') ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
