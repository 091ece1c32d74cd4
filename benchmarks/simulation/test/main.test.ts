import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../main.ts'

const scenarios = fileURLToPath(new URL('../scenarios', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'sim-'))
afterAll(() => rmSync(work, { recursive: true }))

function run(folder: string, ...argv: string[]): { code: number; out: string; err: string } {
  const out: string[] = []
  const err: string[] = []
  const code = main(argv, {
    folder,
    stdout: { write: (text: string) => Boolean(out.push(text)) },
    stderr: { write: (text: string) => Boolean(err.push(text)) },
  })
  return { code, out: out.join(''), err: err.join('') }
}

const short = ['--set', 'durationMs=600', 'warmupMs=100']

describe('the scenarios of the repository', () => {
  test.each(readdirSync(scenarios))('%s runs', (file) => {
    const { code, out, err } = run(scenarios, '--scenario', file, '--policy', 'auto', 'legacy')
    expect(code).toBe(0)
    expect(out).toContain(`### ${file.replace('.json', '')} (seed 1`)
    expect(out).toMatch(/\| auto +\|/)
    expect(err).toMatch(new RegExp(`${file.replace('.json', '')} seed 1 legacy: p99 [\\d.]+ ms = [\\d.]+x central`))
  })
})

describe('--json', () => {
  test('prints one document and nothing else, equal but for wallMs', () => {
    const argv = ['--json', '--scenario', 'unequal-8.json', '--seed', '3', '4', '--policy', 'auto:d=2', 'p2c', ...short]
    const [first, second] = [run(scenarios, ...argv), run(scenarios, ...argv)].map(({ out }) => JSON.parse(out))
    expect(first).toMatchObject({ version: 1, scenario: 'unequal-8', seeds: [3, 4], set: { durationMs: 600 } })
    expect(first.runs).toHaveLength(4)
    const timeless = (key: string, value: unknown): unknown => (key === 'wallMs' ? 0 : value)
    expect(JSON.stringify(first, timeless)).toBe(JSON.stringify(second, timeless))
    expect(first.summary[0]['ratio.p99'].median).toBeGreaterThan(0)
  })

  test('of several scenarios is an array', () => {
    const { out } = run(scenarios, '--scenario', 'recorded.json', 'bursts.json', '--json', ...short)
    expect(JSON.parse(out).map(({ scenario }: { scenario: string }) => scenario)).toEqual(['recorded', 'bursts'])
  })
})

test('--policy all runs them all', () => {
  const { out } = run(scenarios, '--scenario=recorded.json', '--policy=all', '--json')
  expect(JSON.parse(out).runs.length).toBeGreaterThan(10)
})

test('--help explains itself without a scenario', () => {
  const { code, out } = run(work, '--help')
  expect(code).toBe(0)
  expect(out).toMatch(/--scenario FILE …[\s\S]*Policies: auto, /)
})

describe('--set', () => {
  test('reaches into lists and makes what is missing', () => {
    const set = ['sessions.count=10', 'sessions.zipf=0', 'servers.speeds.1=3', 'antagonist=null', 'name=mine']
    const { out, code } = run(scenarios, '--scenario', 'unequal-8.json', '--json', ...short, ...set)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ scenario: 'mine', set: { 'servers.speeds.1': 3, antagonist: null } })
  })

  test.each([
    ['durationMS=5', 'unequal-8.json: /durationMS: unknown field; did you mean "durationMs"?'],
    ['servers.count=many', 'unequal-8.json: /servers/count: must be an integer from 1 to 10000, got "many"'],
    ['durationMs.x=1', '--set durationMs.x: there is a number on the way'],
    ['__proto__.x=1', '/__proto__: unknown field'],
    ['=1', '--set must be PATH=VALUE, got "=1"'],
  ])('%s is refused', (set, message) => {
    const { code, out, err } = run(scenarios, '--scenario', 'unequal-8.json', '--set', set)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })
})

describe('exits with 2 before anything runs', () => {
  writeFileSync(join(work, 'broken.json'), '{')
  writeFileSync(
    join(work, 'bad.json'),
    readFileSync(join(scenarios, 'unequal-8.json'), 'utf8').replace('"load": 0.8', '"load": "full"'),
  )

  test.each([
    [[], '--scenario FILE is missing'],
    [['--scenario'], '--scenario needs a value'],
    [['--scenario', 'none.json'], '--scenario none.json: ENOENT'],
    [['--scenario', 'broken.json'], 'broken.json: not JSON'],
    [['--scenario', 'bad.json'], 'bad.json: /arrivals/load: must be a number above 0 and at most 1000000, got "full"'],
    [['--scenario', 'bad.json', '--policy', 'atuo'], 'policy "atuo": no such policy; did you mean "auto"?'],
    [['--scenario', 'bad.json', '--seed', 'x'], '--seed must be a whole number, got "x"'],
    [['--scenario', 'bad.json', '--sede', '1'], 'unknown option --sede; did you mean --seed?'],
    [['--json=yes', '--scenario', 'bad.json'], '--json takes no value'],
    [['bad.json'], 'did you mean npm run sim -- --scenario bad.json?'],
    [['--json', 'surplus'], 'unexpected "surplus"'],
  ])('%j', (argv, message) => {
    const { code, out, err } = run(work, ...argv)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })
})
