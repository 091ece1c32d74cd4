import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { gatewayConfig, type TestGateway } from './gateway.ts'

const GATEWAY = new URL('../../../src/gateway.ts', import.meta.url).href

const PROGRAM = `
  import { Gateway } from ${JSON.stringify(GATEWAY)}
  const gateway = new Gateway(JSON.parse(process.env.GATEWAY_CONFIG))
  process.on('SIGTERM', () => gateway.stop())
  await gateway.start()
  console.error(JSON.stringify([gateway.address().port, gateway.adminAddress().port]))`

export interface GatewayProcess {
  readonly url: string
  readonly adminUrl: string
  /** Resident memory, bytes. */
  rss(): Promise<number>
  /** SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>
}

/** A gateway in a process of its own, for what must be measured apart from the test: memory, signals. */
export async function startGatewayProcess(options: Omit<TestGateway, 'log' | 'admin'>): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ['--conditions=@breakwater/source', '--input-type=module', '--eval', PROGRAM], {
    env: { ...process.env, GATEWAY_CONFIG: JSON.stringify(gatewayConfig({ ...options, admin: true })) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const [line] = await once(child.stderr, 'data')
  const [port, adminPort] = JSON.parse(String(line))
  const adminUrl = `http://127.0.0.1:${adminPort}`
  return {
    url: `http://127.0.0.1:${port}`,
    adminUrl,
    async rss() {
      const text = await (await fetch(`${adminUrl}/metrics`)).text()
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1])
    },
    async terminate() {
      child.kill('SIGTERM')
      const [code] = await exited
      return code
    },
  }
}
