import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hitRatio } from './command.ts'
import { POLICY_NAMES } from './policies.ts'
import { publicTrace } from './public-traces.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hit-ratio-'))
  mkdirSync(join(folder, 'lirs'))
  const loop = Array.from({ length: 2000 }, (_, at) => String(at % 100)).join('\n')
  writeFileSync(join(folder, 'lirs/loop.trace'), loop)
  writeFileSync(join(folder, 'lirs/README.md'), 'no trace')
  writeFileSync(join(folder, 'elsewhere'), loop)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(...argv: string[]): Promise<Outcome> {
  const out: string[] = []
  const err: string[] = []
  const code = await hitRatio(argv, {
    suitesFolder: '',
    folder,
    stdout: { write: (text: string) => out.push(text) > 0 },
    stderr: { write: (text: string) => err.push(text) > 0 },
    signal: new AbortController().signal,
  })
  return { code, out: out.join(''), err: err.join('') }
}

const rows = (out: string): Record<string, unknown>[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('bench hit-ratio', () => {
  it('writes one JSON object a line for each size and policy, and the optimum', async () => {
    const { code, out, err } = await run(
      '--trace',
      'lirs/loop.trace',
      '--size',
      '50',
      '100',
      '--policy',
      'lru',
      '--json',
    )
    expect(code).toBe(0)
    expect(rows(out)).toEqual([
      { trace: 'loop.trace', size: 50, policy: 'lru', requests: 2000, hits: 0, hitRatio: 0 },
      { trace: 'loop.trace', size: 50, policy: 'belady', requests: 2000, hits: 950, hitRatio: 0.475 },
      { trace: 'loop.trace', size: 100, policy: 'lru', requests: 2000, hits: 1900, hitRatio: 0.95 },
      { trace: 'loop.trace', size: 100, policy: 'belady', requests: 2000, hits: 1900, hitRatio: 0.95 },
    ])
    expect(err).toContain('2000 requests, 100 distinct keys')
  })

  it('takes all policies and 1 %, 5 %, 10 % of the keys by default, and folders', async () => {
    const { out } = await run('--trace', 'lirs', '--json')
    expect(rows(out).map(({ size, policy }) => `${size} ${policy}`)).toEqual(
      [2, 5, 10].flatMap((size) => [...POLICY_NAMES, 'belady'].map((policy) => `${size} ${policy}`)),
    )
  })

  it('prints a table without --json', async () => {
    const { out } = await run('--trace', 'lirs/loop.trace', '--size=100', '--policy=lru,default')
    expect(out).toBe(
      'trace, hit ratio %  size    lru  default  belady\nloop.trace           100  95.00    95.00   95.00\n',
    )
  })

  it('needs the format where the folder does not tell', async () => {
    expect(await run('--trace', 'elsewhere')).toMatchObject({ code: 2, out: '' })
    expect((await run('--trace', 'elsewhere')).err).toMatch(/elsewhere: give its --format/)
    expect(await run('--trace', 'elsewhere', '--format', 'lirs', '--size', '5', '--policy', 'fifo')).toMatchObject({
      code: 0,
    })
  })

  it.each([
    [['--trace', 'x', '--policy', 'lur'], 'unknown policy lur; did you mean lru?'],
    [['--trace', 'x', '--format', 'lirz'], 'unknown format lirz; did you mean lirs?'],
    [['--trace', 'x', '--size', '0'], '--size must be a whole number from 1 to 8388608, got "0"'],
    [['--trace', 'x', '--siz', '1'], 'unknown option --siz; did you mean --size?'],
    [['--trace', 'none'], 'cannot read'],
    [['--trace'], '--trace needs a value'],
    [['lirs'], '"lirs" belongs to no option'],
    [['--points'], '--points needs --trace FOLDER'],
    [['--points', '--trace', 'x', '--size', '3'], '--points brings its own sizes'],
    [['--synthetic', '--trace', 'x'], '--synthetic makes its own traces'],
  ])('%j: a message on stderr and exit code 2', async (argv, message) => {
    const { code, out, err } = await run(...argv)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })

  it('--points says which files are missing and where they are', async () => {
    const { code, err } = await run('--trace', 'lirs', '--points')
    expect(code).toBe(1)
    expect(err).toContain('missing P2.lis.zst: moka-rs/cache-trace @ ef0a9de : arc/')
  })

  const lirs = publicTrace('lirs')
  it.skipIf(lirs === undefined)('--points sums up (public traces)', async () => {
    const argv = ['--trace', `${lirs}/cpp.trace.gz`, '--points', '--policy', 'arc', '--json']
    const { out, err } = await run(...argv)
    expect(rows(out).map(({ policy }) => policy)).toEqual(['lru', 'arc', 'belady'])
    expect(err).toContain('policy  % of Belady, mean')
  })

  it('--synthetic is the same every time', { timeout: 60_000 }, async () => {
    const argv = ['--synthetic', '--size', '150', '--policy', 'fifo', '--json']
    const first = await run(...argv)
    expect(first.out).toBe((await run(...argv)).out)
    expect(rows(first.out).filter(({ policy }) => policy === 'fifo')).toMatchObject([
      { trace: 'zipf' },
      { trace: 'loop', hits: 0 },
      { trace: 'scan' },
      { trace: 'shifting' },
      { trace: 'recency' },
      { trace: 'zigzag' },
      { trace: 'walk' },
      { trace: 'once-more' },
    ])
  })

  it('--help explains itself', async () => {
    expect((await run('--help')).out).toContain('Usage: npm run bench -- hit-ratio')
  })

  it('tells files of one name apart, and keeps what was done before a file that is none', async () => {
    for (const name of ['a', 'b', 'c']) mkdirSync(join(folder, `${name}/lirs`), { recursive: true })
    writeFileSync(join(folder, 'a/lirs/x.trace'), '1\n2\n1\n2')
    writeFileSync(join(folder, 'b/lirs/x.trace'), '1\n1\n1\n1')
    writeFileSync(join(folder, 'c/lirs/y.trace.gz'), 'no trace')
    const traces = ['a/lirs/x.trace', 'b/lirs/x.trace', 'c/lirs/y.trace.gz'].flatMap((file) => ['--trace', file])
    const { code, out } = await run(...traces, '--size', '2', '--policy', 'lru')
    expect(code).toBe(2)
    expect(out).toMatch(/a\/lirs\/x\.trace +2 +50\.00 +50\.00\n.*b\/lirs\/x\.trace +2 +75\.00 +75\.00\n/)
  })
})
