// What is said when the gateway listens and a person is looking.
import type { GatewayConfig } from '../config/config.ts'
import type { Gateway } from '../gateway.ts'
import { PACKAGE_VERSION } from '../telemetry/version.ts'
import { shownUrl } from './overrides.ts'
import type { Terminal } from './terminal.ts'

const MOST_ROUTES = 12

export function banner(gateway: Gateway, config: GatewayConfig, terminal: Terminal): string {
  const { host } = gateway.address()
  const everywhere = host === '0.0.0.0' || host === '::' ? `  (on every interface, ${host})` : ''
  const lines = [
    `${terminal.style('bold', 'breakwater')} ${PACKAGE_VERSION}   pid ${process.pid}`,
    `  public   ${terminal.style('cyan', shownUrl(gateway.address()))}${everywhere}`,
    ...adminLine(gateway, config, terminal),
    ...config.routes.slice(0, MOST_ROUTES).map((route, index) => {
      const count = config.upstreams[route.upstream]?.targets.length ?? 0
      const methods = route.methods === null ? '' : `${route.methods.join(',')} `
      return `  ${index === 0 ? 'routes' : '      '}   ${methods}${route.path} → ${route.upstream} (${count} ${count === 1 ? 'target' : 'targets'})`
    }),
  ]
  if (config.routes.length > MOST_ROUTES) lines.push(`           and ${config.routes.length - MOST_ROUTES} more`)
  lines.push('  stop     Ctrl-C: requests under way are finished first')
  return `${lines.join('\n')}\n`
}

/** The line of the operator's listener, if there is one. */
export function adminLine(gateway: Gateway, config: GatewayConfig, terminal: Terminal): string[] {
  const address = gateway.adminAddress()
  if (address === null) return []
  return [`  admin    ${terminal.style('cyan', `${shownUrl(address)}${config.observability.metrics?.path ?? '/'}`)}`]
}
