// What is said when the gateway listens and a person is looking.
import type { ListenerAddress } from '@breakwater/http'
import type { GatewayConfig, ListenerConfig } from '../config/config.ts'
import type { Gateway } from '../gateway.ts'
import { PACKAGE_VERSION } from '../telemetry/version.ts'
import { shownUrl } from './overrides.ts'
import type { Terminal } from './terminal.ts'

const MOST_ROUTES = 12

export function banner(gateway: Gateway, config: GatewayConfig, terminal: Terminal): string {
  const listeners = [config.server.listen, ...(config.server.listenAlso ?? [])]
  const lines = [
    `${terminal.style('bold', 'breakwater')} ${PACKAGE_VERSION}   pid ${process.pid}`,
    ...gateway.addresses().map((address, index) => {
      const label = index === 0 ? 'public' : '      '
      return `  ${label}   ${terminal.style('cyan', shownAddress(address, listeners[index]))}${remark(address, listeners[index])}`
    }),
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

function shownAddress(address: ListenerAddress, listener: ListenerConfig | undefined): string {
  if ('path' in address) return `unix:${address.path}`
  const url = shownUrl(address)
  return listener?.tls === undefined ? url : url.replace('http:', 'https:')
}

function remark(address: ListenerAddress, listener: ListenerConfig | undefined): string {
  const host = 'host' in address ? address.host : ''
  const remarks = [
    ...(host === '0.0.0.0' || host === '::' ? [`on every interface, ${host}`] : []),
    ...(listener?.http2 === true ? ['HTTP/2'] : []),
    ...(listener?.proxyProtocol === true ? ['behind the PROXY protocol'] : []),
  ]
  return remarks.length === 0 ? '' : `  (${remarks.join('; ')})`
}

/** The line of the operator's listener, if there is one. */
export function adminLine(gateway: Gateway, config: GatewayConfig, terminal: Terminal): string[] {
  const address = gateway.adminAddress()
  if (address === null) return []
  return [`  admin    ${terminal.style('cyan', `${shownUrl(address)}${config.observability.metrics?.path ?? '/'}`)}`]
}
