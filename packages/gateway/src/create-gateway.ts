import type { GatewayConfig } from './config/config.ts'
import type { ConfigInput } from './config/input.ts'
import { parseConfig } from './config/load.ts'
import { Gateway, type GatewayDependencies } from './gateway.ts'

/** Gives a configuration its type, in `breakwater.config.ts` and elsewhere. Returns it as it is. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}

/**
 * A gateway of a configuration as written or as loaded by `loadConfigFile`. Nothing is opened before `start()`.
 *
 * @throws ConfigError with every problem of the configuration
 */
export function createGateway(config: ConfigInput | GatewayConfig, dependencies?: GatewayDependencies): Gateway {
  return new Gateway(isResolved(config) ? config : parseConfig(config), dependencies)
}

/** Only a resolved configuration has milliseconds in the names of its settings. */
function isResolved(config: ConfigInput | GatewayConfig): config is GatewayConfig {
  const shutdown: object | undefined = config?.server?.shutdown
  return shutdown !== undefined && 'drainMs' in shutdown
}
