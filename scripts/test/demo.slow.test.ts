import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isGone, pause, plainShell, Running, run } from './fresh-clone.ts'

// The newcomer's walk: `npm start` as it is, every command that its banner prints, and the load that the demo promises
// to bear. Loopback only, bounded in count and time.

const root = fileURLToPath(new URL('../..', import.meta.url))
const shell = plainShell(root)
let demo: Running
let url = ''
let admin = ''
let control = ''
let pid = 0

beforeAll(async () => {
  demo = new Running(shell, 'npm', ['start', '--silent', '--', '--port', '0', '--admin-port', '0'])
  pid = Number((await demo.waitFor(/pid +(\d+)/))[1])
  url = (await demo.waitFor(/public +(http:\S+)/))[1] ?? ''
  admin = (await demo.waitFor(/admin +(http:\S+)\/metrics/))[1] ?? ''
  control = (await demo.waitFor(/switches +(http:\S+)/))[1] ?? ''
})

afterAll(async () => {
  process.kill(demo.pid, 'SIGTERM')
  expect(await isGone(pid)).toBe(true)
  demo.kill()
})

async function turn(upstream: string, mode: string): Promise<void> {
  const answer = await fetch(`${control}/${upstream}/${mode}`, { method: 'POST' })
  expect(answer.status).toBeLessThan(300)
}

async function metric(pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  const line = text.split('\n').find((candidate) => pattern.test(candidate))
  if (line === undefined) throw new Error(`no metric like ${pattern} in\n${text}`)
  return Number(line.split(' ').at(-1))
}

function residentMiB(): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** Commands of the banner: the indented lines that begin with a program's name. */
function printedCommands(program: string): string[] {
  return demo.output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${program} `))
}

describe('the commands that the banner prints', () => {
  it('a plain request', () => {
    const [plain = ''] = printedCommands('curl -i')
    const said = run(shell, `${plain} --silent`)
    expect(said.stdout).toMatch(/^HTTP\/1.1 200 OK/)
    expect(said.stdout).toMatch(/^x-demo-upstream: [abc]/m)
  })

  it('a sticky session meets the same upstream each time', () => {
    const sticky = printedCommands('curl -i').find((line) => line.includes('x-session-id')) ?? ''
    const who = Array.from(
      { length: 6 },
      () => /x-demo-upstream: (\w)/.exec(run(shell, `${sticky} --silent`).stdout)?.[1],
    )
    expect(new Set(who).size).toBe(1)
    expect(who[0]).toMatch(/[abc]/)
  })

  it('breaking an upstream: its circuit opens, the others go on, and it heals', async () => {
    const [breakIt = '', mend = ''] = printedCommands('curl -X POST')
    const codes = run(shell, breakIt).stdout.match(/\b[1-5]\d\d\b/g) ?? []
    expect(codes.filter((code) => code === '500').length).toBeGreaterThanOrEqual(5)
    // Once open nothing reaches it: the last requests are all answered by the others.
    expect(codes.slice(-8)).toEqual(Array(8).fill('200'))
    expect(await metric(/^breakwater_circuit_breaker_state\{.*a.*\}/)).toBe(2)
    run(shell, mend)
    await pause(5_500)
    for (let i = 0; i < 20; i++) expect((await fetch(`${url}/v1/messages`)).status).toBe(200)
    expect(await metric(/^breakwater_circuit_breaker_state\{.*a.*\}/)).toBe(0)
  })

  it('autocannon is there without a download', () => {
    expect(printedCommands('npx autocannon')).toHaveLength(1)
    expect(run(shell, 'npx --no-install autocannon --version').status).toBe(0)
  })

  it('says how to go on with a service of one’s own', () => {
    expect(demo.output).toContain('npm start -- --config FILE')
    expect(demo.output).toContain('npm run breakwater -- proxy http://localhost:3000 --port 8080')
  })
})

describe('under load', () => {
  it('ten thousand requests over a hundred connections: none fails', async () => {
    const result = await autocannon({ url: `${url}/v1/messages`, connections: 100, amount: 10_000 })
    expect(result).toMatchObject({ errors: 0, timeouts: 0, non2xx: 0, '2xx': 10_000 })
  })

  it.skipIf(spawnSync('ab', ['-V']).error !== undefined)(
    'ab, as printed in the reports: none fails (skipped without ab)',
    () => {
      const said = run(shell, `ab -q -n 10000 -c 100 ${url}/v1/messages`)
      expect(said.stdout).toMatch(/Complete requests: +10000/)
      expect(said.stdout).toMatch(/Failed requests: +0\b/)
      expect(said.stdout).not.toMatch(/Non-2xx/)
    },
  )

  it.skipIf(spawnSync('wrk', ['-v']).error !== undefined)('wrk, ten seconds: none fails (skipped without wrk)', () => {
    const said = run(shell, `wrk -t4 -c100 -d10s ${url}/v1/messages`)
    expect(said.stdout).toMatch(/requests in/)
    expect(said.stdout).not.toMatch(/Socket errors|Non-2xx/)
  })

  it('stopping one upstream under load: no GET fails', async () => {
    const load = autocannon({ url: `${url}/v1/messages`, connections: 50, duration: 4 })
    await pause(1_000)
    await turn('b', 'stop')
    await pause(1_500)
    await turn('b', 'start')
    expect(await load).toMatchObject({ errors: 0, timeouts: 0, non2xx: 0 })
  })
})

describe('bodies', () => {
  it('a streamed response arrives piece by piece', async () => {
    const arrivals: number[] = []
    const answer = await fetch(`${url}/stream`)
    const begun = performance.now()
    for await (const piece of answer.body ?? []) if (piece.length > 0) arrivals.push(performance.now() - begun)
    expect(arrivals.length).toBeGreaterThanOrEqual(8)
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(1_000)
  })

  it('a gibibyte passes in less than 200 MB of memory', async () => {
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, residentMiB())
    }, 50)
    const bytes = await new Promise<number>((resolve, reject) => {
      let received = 0
      get(`${url}/bytes/${2 ** 30}`, (response) => {
        response.on('data', (piece: Buffer) => {
          received += piece.length
        })
        response.on('end', () => resolve(received))
        response.on('error', reject)
      }).on('error', reject)
    })
    clearInterval(watch)
    expect(bytes).toBe(2 ** 30)
    expect(Math.max(most, residentMiB())).toBeLessThan(200)
  })
})
