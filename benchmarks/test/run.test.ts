import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { main } from '../runner/main.ts'
import type { Document } from '../runner/result.ts'

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url))
const linux = existsSync('/proc/self/stat')
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-run-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function run(argv: readonly string[], signal = new AbortController().signal): Promise<Ended> {
  const stdout: string[] = []
  const stderr: string[] = []
  const code = await main(argv, {
    suitesFolder: fixtures,
    folder,
    stdout: { write: (text: string) => stdout.push(text) > 0 },
    stderr: { write: (text: string) => stderr.push(text) > 0 },
    signal,
  })
  return { code, stdout: stdout.join(''), stderr: stderr.join('') }
}

function documentOf(text: string): Document {
  return JSON.parse(text)
}

describe('a run', { timeout: 60_000 }, () => {
  test('measures every contender of every case and saves the same document', async () => {
    const { code, stdout, stderr } = await run(['agreeing', '--quick', '--json', '--out', 'result.json'])
    expect(stderr).toContain('round 2 of 2')
    expect(stderr).toMatch(/about \d+ s left/)
    expect(code).toBe(0)
    expect(readFileSync(join(folder, 'result.json'), 'utf8')).toBe(stdout)

    const document = documentOf(stdout)
    expect(document).toMatchObject({ format: 'breakwater-benchmark/1', quick: true })
    expect(document.machine.node).toBe(process.version)
    expect(document.machine.cores).toBeGreaterThan(0)
    expect(document.revision?.commit ?? '0'.repeat(40)).toMatch(/^[0-9a-f]{40}$/)
    expect(document.flags.bytes).toContain('--max-semi-space-size=512')

    const [sum, without, awaited] = document.suites[0]?.cases ?? []
    const [plain, sound, other] = sum?.contenders ?? []
    expect(plain?.nanoseconds?.values).toHaveLength(2)
    expect(sound?.nanoseconds?.median).toBeGreaterThan(0)
    expect(sound?.bytes?.median).toBe(0)
    expect(other?.differs).toBe('gives up above 4')
    expect(Object.keys(other?.nanoseconds?.ratios ?? {})).toEqual(['plain', 'sound'])
    expect(without?.contenders[0]).toEqual({ name: 'plain', role: 'baseline', skipped: 'too plain' })
    expect(without?.contenders[1]?.bytes).toBeUndefined()
    // A bare await of an async function, exact on every machine.
    expect(awaited?.contenders[1]?.bytes?.median).toBeCloseTo(248, 0)
    expect(stdout).not.toContain('samples')
  })

  test('without --json prints tables', async () => {
    const { code, stdout } = await run(['agreeing', '--quick', '--rounds', '1'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^.+ cores, .+\nNode \d+/)
    expect(stdout).toContain('agreeing: a fixture (medians of 1 round)')
    expect(stdout).toContain('* other: gives up above 4')
    expect(stdout).toMatch(/sound against other: /)
  })

  test.skipIf(!linux)('CPU of another process: twice the work is twice the figure', async () => {
    const { code, stdout, stderr } = await run(['spinning', '--quick', '--rounds', '1', '--json'])
    expect(stderr).not.toContain('failed')
    expect(code).toBe(0)
    const [short, long] = documentOf(stdout).suites[0]?.cases[0]?.contenders ?? []
    // 10 requests of 10 ms CPU on average; the kernel's clock ticks in 10 ms.
    expect(short?.cpu?.median).toBeGreaterThanOrEqual(8_000)
    expect(short?.cpu?.median).toBeLessThan(14_000)
    expect(long?.cpu?.median).toBeGreaterThanOrEqual(18_000)
    expect(long?.cpu?.median).toBeLessThan(26_000)
  })
})

describe('a suite with a rig of its own', () => {
  test("gets what was asked for, and its table and figures are the run's", async () => {
    const tables = await run(['own-rig', '--quick', '--rounds', '3', '--out', 'rig.json'])
    expect(tables.code).toBe(0)
    expect(tables.stderr).toContain('own-rig: measuring\n')
    expect(tables.stdout).toMatch(/\n\nthe table of 3 rounds, quick\n$/)
    const { suites } = documentOf(readFileSync(join(folder, 'rig.json'), 'utf8'))
    expect(suites).toEqual([{ name: 'own-rig', title: 'a fixture', rounds: 3, cases: [] }])
  })

  test('is listed like others, and an aborted one ends with 130', async () => {
    const { stdout } = await run(['--list', 'own-rig'])
    expect(stdout).toBe(`own-rig: a fixture that measures by itself
  contenders: server (ours)
  load: requests
`)
    expect(await run(['own-rig'], AbortSignal.abort())).toMatchObject({ code: 130 })
  })
})

describe('a failed run', { timeout: 60_000 }, () => {
  test.each([
    ['wrong', 'wrong / sum: other gives a wrong answer: answer[3].sum is 15, but 14 from sound'],
    ['crashing', 'crashing / other, answers: crashed (exit code 1); its stderr:\n'],
    ['crashing', 'no such library'],
    ['hanging', 'hanging / other, answers: did not finish within 1.5 s, killed'],
    ['printing', 'printed to stdout; a contender that prints measures the terminal:\n    %%% thank you'],
    ['silent', 'silent / other, answers: ended without a result'],
    ['stale', 'other declares a difference ("rounds up") but answers like sound'],
    ['constant', 'case sum: 1 inputs; give at least 2, so that they can be rotated'],
  ])('%s: %s', async (name, message) => {
    const { code, stdout, stderr } = await run([name, '--quick', '--json', '--out', `${name}.json`])
    expect(stderr).toContain(message)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(existsSync(join(folder, `${name}.json`))).toBe(false)
  })

  test('wrong usage is 2 and runs nothing', async () => {
    const unknown = await run(['wrnog'])
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toContain('unknown suite wrnog; did you mean wrong? (known: agreeing, ')
    expect(await run(['--out', 'nowhere/x.json'])).toMatchObject({ code: 2 })
  })
})

test('--help and --list run nothing', async () => {
  expect(await run(['--help', 'whatever'])).toMatchObject({ code: 0, stderr: '' })
  const listed = await run(['--list', 'agreeing'])
  expect(listed.stdout).toBe(`agreeing: a fixture
  contenders: plain (baseline), sound (ours), other (legacy)
  sum: adds two numbers
  without-plain: adds two numbers
  awaited: adds and waits
`)
  expect(JSON.parse((await run(['--list', '--json'])).stdout).length).toBeGreaterThan(5)
})

describe('stopping', { timeout: 30_000 }, () => {
  test('an abort ends the contender at once and the run with 130', async () => {
    const controller = new AbortController()
    const running = run(['hanging', '--json'], controller.signal)
    setTimeout(() => controller.abort(), 300)
    expect(await running).toMatchObject({ code: 130, stdout: '' })
  })

  test.skipIf(!linux)('Ctrl-C leaves no process behind', async () => {
    const script = `
      import { main } from ${JSON.stringify(new URL('../runner/main.ts', import.meta.url).href)}
      const controller = new AbortController()
      process.on('SIGINT', () => controller.abort())
      const io = { suitesFolder: ${JSON.stringify(fixtures)}, folder: '.', stdout: process.stdout, stderr: process.stderr }
      process.exitCode = await main(['hanging'], { ...io, signal: controller.signal })`
    const bench: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    const children = (): string[] => {
      try {
        return readFileSync(`/proc/${bench.pid}/task/${bench.pid}/children`, 'utf8').split(' ').filter(Boolean)
      } catch {
        return []
      }
    }
    let seen: string[] = []
    while (seen.length === 0 && bench.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      seen = children()
    }
    bench.kill('SIGINT')
    const [code] = await once(bench, 'exit')
    expect(code).toBe(130)
    expect(seen.length).toBeGreaterThan(0)
    for (const pid of seen) expect(existsSync(`/proc/${pid}/stat`)).toBe(false)
  })
})
