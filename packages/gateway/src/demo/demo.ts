// Three upstreams, their switchboard, and the configuration of a gateway in front of them.
import type { GatewayConfig } from '../config/config.ts'
import { parseConfig } from '../config/load.ts'
import { DemoControl } from './control.ts'
import { DemoUpstream } from './upstream.ts'

const NAMES = ['a', 'b', 'c']
/** Where the switches are unless that is in use. */
export const CONTROL_PORT = 9902

/** Everything of the demo but the gateway itself. */
export class Demo {
  readonly upstreams: readonly DemoUpstream[]
  readonly control: DemoControl
  readonly config: GatewayConfig

  private constructor(upstreams: readonly DemoUpstream[], control: DemoControl) {
    this.upstreams = upstreams
    this.control = control
    this.config = demoConfig(upstreams)
  }

  /** @param controlPort Another free one is taken if this is in use. Default 9902. */
  static async start(controlPort: number = CONTROL_PORT): Promise<Demo> {
    const upstreams = NAMES.map((name) => new DemoUpstream(name))
    const control = new DemoControl(upstreams)
    try {
      await Promise.all(upstreams.map((upstream) => upstream.start()))
      await control.start(controlPort)
    } catch (error) {
      await Promise.all(upstreams.map((upstream) => upstream.stop()))
      throw error
    }
    return new Demo(upstreams, control)
  }

  async stop(): Promise<void> {
    await Promise.all([this.control.stop(), ...this.upstreams.map((upstream) => upstream.stop())])
  }
}

/** Loopback only; breakers that heal while one watches. */
function demoConfig(upstreams: readonly DemoUpstream[]): GatewayConfig {
  return parseConfig({
    server: { listen: 'localhost:8080' },
    upstreams: {
      demo: {
        targets: upstreams.map(({ name, port }) => ({ id: name, url: `http://127.0.0.1:${port}` })),
        // A request without an id gets a cookie and the next target in turn: load tools, which keep none, reach all.
        session: { from: ['header:x-session-id', 'cookie:breakwater_sid'] },
        health: { path: '/healthz', interval: '1s', timeout: '1s', healthy: 1, unhealthy: 3 },
        breaker: { consecutiveFailures: 5, resetTimeout: '5s' },
      },
    },
    routes: [
      { path: '/cached/*', upstream: 'demo', cache: { ttl: '5s' } },
      { path: '/*', upstream: 'demo' },
    ],
  })
}
