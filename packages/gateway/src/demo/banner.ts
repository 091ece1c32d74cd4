// What the demo says: what runs, what to try, how to go on with a service of one's own.
import { adminLine } from '../cli/banner.ts'
import { shownUrl } from '../cli/overrides.ts'
import { programName, startLine } from '../cli/program-name.ts'
import type { Terminal } from '../cli/terminal.ts'
import type { GatewayConfig } from '../config/config.ts'
import type { Gateway } from '../gateway.ts'
import { PACKAGE_VERSION } from '../telemetry/version.ts'
import { CONTROL_PORT, type Demo } from './demo.ts'

export function demoBanner(gateway: Gateway, config: GatewayConfig, demo: Demo, terminal: Terminal): string {
  const { env } = terminal
  const url = shownUrl(gateway.address())
  const control = `http://127.0.0.1:${demo.control.port}`
  const bold = (text: string): string => terminal.style('bold', text, terminal.isInteractive ? 'out' : 'err')
  const upstreams = demo.upstreams.map(({ name, port }) => `${name} 127.0.0.1:${port}`).join('   ')
  return `
${bold('breakwater demo')} ${PACKAGE_VERSION}   pid ${process.pid}   Ctrl-C stops it

  public     ${url}
${adminLine(gateway, config, terminal)
  .map((line) => line.replace('admin    ', 'admin      '))
  .join('\n')}
  upstreams  ${upstreams}
  switches   ${control}${demo.control.wasMoved ? `   (${CONTROL_PORT} is in use)` : ''}   (GET / shows the state; POST /a/fail, /a/slow, /a/ok, /a/stop, /a/start)

${bold('Try, in another shell')}
  1. a request, answered by a, b and c in turn (x-demo-upstream says who):
       curl -i ${url}/v1/messages
  2. a session, answered by the same one each time:
       curl -i -H 'x-session-id: alice' ${url}/v1/messages
  3. break a: 5 failures open its circuit, then b and c answer alone; heal it, and 5 s later it takes part again:
       curl -X POST ${control}/a/fail; for i in $(seq 30); do curl -s -o /dev/null -w '%{http_code} ' ${url}/v1/messages; done
       curl -X POST ${control}/a/ok; sleep 5; for i in $(seq 6); do curl -s ${url}/v1/messages; done
  4. load:
       npx autocannon -c 100 -d 10 ${url}/v1/messages
     Also there: ${url}/stream  /bytes/1073741824  /cached/anything (5 s)

${bold('With a service of your own')}
  ${startLine(env)} --config FILE
  ${programName(env)} proxy http://localhost:3000 --port 8080
`
}
