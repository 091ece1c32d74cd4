// The real program as a child process: ports, signals, exit codes, streams.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../../http/test/self-signed.ts'

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'breakwater-process-'))
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

class Program {
  readonly child: ChildProcess
  out = ''
  err = ''
  readonly #exit: Promise<number | null>

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
    this.child = spawn(process.execPath, ['--conditions=@breakwater/source', bin, ...args], {
      cwd: folder,
      env: { ...clean, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(this.child)
    this.child.stdout?.on('data', (chunk) => {
      this.out += String(chunk)
    })
    this.child.stderr?.on('data', (chunk) => {
      this.err += String(chunk)
    })
    this.#exit = once(this.child, 'close').then(([code]) => code as number | null)
  }

  exit(): Promise<number | null> {
    return this.#exit
  }

  /** The log line of that message. */
  async logged(message: string): Promise<Record<string, unknown>> {
    for (;;) {
      for (const line of this.out.split('\n')) {
        if (line.includes(`"msg":"${message}`)) return JSON.parse(line) as Record<string, unknown>
      }
      const more = once(this.child.stdout ?? this.child, 'data')
      const ended = await Promise.race([more.then(() => false), this.#exit.then(() => true)])
      if (ended) throw new Error(`ended without ${JSON.stringify(message)}:\n${this.out}\n${this.err}`)
    }
  }

  async listening(): Promise<string> {
    const { address } = (await this.logged('listening')) as { address: { host: string; port: number } }
    return `http://127.0.0.1:${address.port}`
  }
}

const anyPorts = ['--port', '0', '--admin-port', '0']

// Several processes at once, each of which compiles its source: seconds on a machine that is busy.
describe('the program', { timeout: 30_000 }, () => {
  it('runs the demo, serves, and ends with 0 on SIGINT', async () => {
    const program = new Program(['start', '--demo', ...anyPorts])
    const url = await program.listening()
    const response = await fetch(`${url}/v1/messages`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ path: '/v1/messages' })
    const names = new Set<string | null>()
    for (let i = 0; i < 6; i++) names.add((await fetch(`${url}/x`)).headers.get('x-demo-upstream'))
    expect(names.size).toBe(3)
    const same = new Set<string | null>()
    for (let i = 0; i < 6; i++) {
      same.add((await fetch(`${url}/x`, { headers: { 'x-session-id': 'alice' } })).headers.get('x-demo-upstream'))
    }
    expect(same.size).toBe(1)
    program.child.kill('SIGINT')
    // npm passes one Ctrl-C on two or three times.
    program.child.kill('SIGINT')
    expect(await program.exit()).toBe(0)
    expect(program.err).toContain(`curl -i ${url}/v1/messages`)
    expect(program.err).toContain(`pid ${program.child.pid}`)
    for (const line of program.out.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
    await expect(fetch(url)).rejects.toThrow()
  })

  it('finishes the request under way on SIGTERM; a second one a second later ends it', async () => {
    const program = new Program(['demo', ...anyPorts])
    const url = await program.listening()
    const response = await fetch(`${url}/stream?n=100`)
    program.child.kill('SIGHUP')
    await program.logged('ignored: this version cannot reload')
    program.child.kill('SIGTERM')
    await program.logged('draining')
    expect(program.child.exitCode).toBeNull()
    await new Promise((resolve) => setTimeout(resolve, 1100))
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(143)
    await expect(response.text()).rejects.toThrow()
  })

  it('runs a file and proxies to a service', async () => {
    const service = createServer((request, response) => response.end(`hello from ${request.url}`))
    service.listen(0, '127.0.0.1')
    await once(service, 'listening')
    const { port } = service.address() as AddressInfo
    writeFileSync(
      join(folder, 'breakwater.yaml'),
      `server: { listen: "127.0.0.1:0" }\nadmin: false\nupstreams: { api: { targets: ["http://127.0.0.1:${port}"] } }\n` +
        'routes: [{ path: /api/*, upstream: api, stripPrefix: /api }]\n',
    )
    const file = new Program(['start'])
    const proxy = new Program(['proxy', `localhost:${port}`, ...anyPorts])
    expect(await (await fetch(`${await file.listening()}/api/x`)).text()).toBe('hello from /x')
    expect(await (await fetch(`${await proxy.listening()}/livez`)).text()).toBe('hello from /livez')
    file.child.kill('SIGTERM')
    proxy.child.kill('SIGTERM')
    expect([await file.exit(), await proxy.exit()]).toEqual([0, 0])
    service.close()
  })

  it('reads its certificates again on SIGHUP, and keeps the old ones when they are bad', async () => {
    const authority = createAuthority()
    const write = (names: readonly string[], key?: string): void => {
      const pair = authority.issue(names)
      writeFileSync(join(folder, 'cert.pem'), pair.cert)
      writeFileSync(join(folder, 'key.pem'), key ?? pair.key)
    }
    write(['one.test'])
    writeFileSync(
      join(folder, 'tls.yaml'),
      'server: { listen: [{ address: "127.0.0.1:0", tls: { cert: cert.pem, key: key.pem } }] }\nadmin: false\n' +
        'upstreams: { api: { targets: ["http://127.0.0.1:1"] } }\nroutes: [{ path: /*, upstream: api }]\n',
    )
    const program = new Program(['start', 'tls.yaml'])
    const port = Number(new URL(await program.listening()).port)
    const names = async (): Promise<string | undefined> => {
      const socket = connect({ port, host: '127.0.0.1', ca: authority.ca, servername: 'one.test' })
      await once(socket, 'secureConnect')
      const { subjectaltname } = socket.getPeerCertificate()
      socket.destroy()
      return subjectaltname
    }
    expect(await names()).toBe('DNS:one.test')
    write(['one.test', 'two.test'])
    program.child.kill('SIGHUP')
    await program.logged('certificates read again')
    expect(await names()).toBe('DNS:one.test, DNS:two.test')
    write(['one.test', 'three.test'], 'no key')
    program.child.kill('SIGHUP')
    await program.logged('certificates kept')
    expect(await names()).toBe('DNS:one.test, DNS:two.test')
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
  })

  it('names the flag when a port is in use, ends with 1 and leaves nothing', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const port = String((taken.address() as AddressInfo).port)
    const [public_, admin] = [
      new Program(['demo', '--port', port, '--admin-port', '0']),
      new Program(['demo', '--port', '0', '--admin-port', port]),
    ]
    expect([await public_.exit(), await admin.exit()]).toEqual([1, 1])
    expect(public_.err).toMatch(new RegExp(`port ${port} is in use\\n  fix: try --port \\d+`))
    expect(admin.err).toMatch(new RegExp(`admin port ${port} is in use\\n  fix: try --admin-port \\d+`))
    taken.close()
  })

  it('starts nothing with a bad file, and does not mind a reader that leaves', async () => {
    writeFileSync(join(folder, 'bad.json'), '{ "upstreams": {}, "routes": 1 }')
    const bad = new Program(['start', '--config', 'bad.json', ...anyPorts], { FORCE_COLOR: '1' })
    expect(await bad.exit()).toBe(1)
    expect(bad.out).toBe('')
    expect(bad.err).toContain('bad.json:1:')
    expect(bad.err).toContain('\u001b[')
    const piped = new Program(['--help'])
    piped.child.stdout?.destroy()
    expect(await piped.exit()).toBe(0)
    expect(piped.err).toBe('')
  })

  it('says so when a module is not valid', async () => {
    writeFileSync(join(folder, 'broken.mjs'), 'export default {')
    const broken = new Program(['validate', 'broken.mjs', '--json'])
    expect(await broken.exit()).toBe(1)
    expect(JSON.parse(broken.out)).toMatchObject({
      issues: [{ message: expect.stringContaining('not valid JavaScript') }],
    })
  })
})
