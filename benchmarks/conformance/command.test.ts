import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { main } from './command.ts'
import type { Report } from './report.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  const halfOpen = { permits: 1, decide: 'early' }
  const config = { window: { type: 'consecutive' }, consecutiveFailures: 1, openMs: 10, halfOpen }
  const right = { op: 'call', outcome: 'fail', n: 1, expect: { state: 'open', permitted: 1 } }
  const wrong = { op: 'advance', ms: 10, expect: { openEvents: 1, state: 'closed' } }
  const put = (name: string, ...lines: object[]): void =>
    writeFileSync(join(folder, name), lines.map((line) => JSON.stringify(line)).join('\n'))
  put('good.jsonl', { id: 'opens', title: 'it opens', config, steps: [right] })
  put(
    'bad.jsonl',
    { id: 'opens', title: 'it opens', config, steps: [right] },
    { id: 'wrong', title: 'it is said to close', config, steps: [right, wrong, right] },
  )
  put('broken.jsonl', { id: 'opens', title: 'it opens', config, steps: [right] }, { id: 'x', title: 'y', config })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const out: string[] = []
  const err: string[] = []
  const stdout = { write: (text: string) => out.push(text) > 0 }
  const stderr = { write: (text: string) => err.push(text) > 0 }
  const code = await main(argv, { folder, stdout, stderr })
  return { code, stdout: out.join(''), stderr: err.join('') }
}

describe('npm run conformance', () => {
  test('reads the file relative to where it was typed, prints a line per vector and the scoreboard', async () => {
    const { code, stdout } = await run('breaker', '--vectors', 'good.jsonl')
    expect(stdout).toContain('1 vectors of good.jsonl on ours-permit, ours-platform-clock, ours-run')
    expect(stdout).toContain('pass  opens: it opens')
    expect(stdout).toMatch(/\| opossum 10\.0\.0 +\| 1 of 1 +\| 1 +\| – \|/)
    expect(stdout).toMatch(/1 passed, 0 failed\n$/)
    expect(code).toBe(0)
  })

  test('shows the first mismatch and exits 1', async () => {
    const { code, stdout } = await run('breaker', '--vectors=bad.jsonl')
    expect(stdout).toContain('FAIL  wrong: it is said to close')
    expect(stdout).toContain('ours-permit: step 1 (advance): state expected "closed", got "open"')
    expect(stdout).toMatch(/1 passed, 1 failed\n$/)
    expect(code).toBe(1)
  })

  test('--json is one document with the same in it', async () => {
    const { code, stdout } = await run('breaker', '--vectors', 'bad.jsonl', '--json')
    const report: Report = JSON.parse(stdout)
    expect(report).toMatchObject({ format: 'breakwater-conformance/1', total: 2, passed: 1, failed: 1 })
    expect(report.results[1]).toMatchObject({
      id: 'wrong',
      pass: false,
      mismatch: { step: 1, op: 'advance', key: 'state', expected: 'closed', got: 'open' },
    })
    expect(report.scoreboard.map(({ implementation }) => implementation)).toEqual(
      expect.arrayContaining(['ours-permit', 'ours-run', 'opossum', 'cockatiel', 'legacy']),
    )
    expect(code).toBe(1)
  })

  test('--implementation chooses who is judged; what a peer cannot say is not a success', async () => {
    expect((await run('breaker', '--vectors', 'good.jsonl', '--implementation', 'opossum')).code).toBe(0)
    const { code, stdout } = await run('breaker', '--implementation', 'legacy', '--json')
    const report: Report = JSON.parse(stdout)
    expect(report.implementations).toEqual(['legacy'])
    expect(report.notExpressible).toBeGreaterThan(0)
    expect(code).toBe(1)
  })

  test.each([
    [['breaker', '--vectors', 'broken.jsonl'], /^conformance: broken\.jsonl:2: vector x: steps is missing/],
    [['breaker', '--vectors', 'none.jsonl'], /^conformance: --vectors none\.jsonl: there is no such file/],
    [['breaker', '--vectors', '.'], /^conformance: --vectors .*EISDIR/],
    [['breaker', '--vectors'], /--vectors needs a file name/],
    [['breaker', '--vectors', 'a', '--vectors', 'b'], /given twice/],
    [['breaker', 'good.jsonl'], /"good\.jsonl" is one word too many; a file is given as --vectors good\.jsonl/],
    [['breaker', '--vector', 'good.jsonl'], /unknown option --vector; did you mean --vectors\?/],
    [['breaker', '--json=1'], /--json takes no value/],
    [['breaker', '--implementation', 'oposum'], /unknown implementation oposum; did you mean opossum\?/],
    [['braker'], /unknown subject braker; did you mean breaker\?/],
    [[], /what to test is missing \(known: breaker\)/],
  ])('%j is wrong usage', async (argv, message) => {
    const { code, stdout, stderr } = await run(...argv)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('--help', async () => {
    const { code, stdout } = await run('--help')
    expect(stdout).toContain('Usage: npm run conformance -- breaker [options]')
    expect(code).toBe(0)
  })
})
