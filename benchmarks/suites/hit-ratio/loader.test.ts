import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORMATS, type Format, openReader } from './traces/formats.ts'
import { loadTrace } from './traces/load.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hit-ratio-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function load(content: string | Buffer, format: Format, name = 'trace'): Promise<[number[], number]> {
  const file = join(folder, name)
  writeFileSync(file, content)
  const trace = await loadTrace(file, format)
  expect(trace.name).toBe(name)
  return [[...trace.requests], trace.distinct]
}

describe('loadTrace', () => {
  it('arc: a line stands for count keys from start', async () => {
    expect(await load('5 3 0 1\n6 1 0 2\n\n9 0 0 3\n5 1 0 4', 'arc')).toEqual([[0, 1, 2, 1, 0], 3])
    expect(await load('4294967295 2 0 0\r\n0 1 0 1\r\n', 'arc')).toEqual([[0, 1, 2], 3])
  })

  it('arc: names the line that is none', async () => {
    await expect(load('1 1 0 0\nhello\n', 'arc')).rejects.toThrow(
      'trace: line 2 is not "start count ignored reqno": "hello"',
    )
  })

  it('lirs: one key a line, with stars, CRLF, blank lines and no last newline', async () => {
    expect(await load('7\r\n\r\n*\n8\n7', 'lirs')).toEqual([[0, 1, 0], 2])
    expect(await load('* comment\n\n3\n4\n\n', 'lirs')).toEqual([[0, 1], 2])
  })

  it('lirs: keys are opaque', async () => {
    const keys = ['7', '07', 'a', '12345678901234567890', '12345678901234567891', '7', 'a', '-7', '1e3', '1000']
    expect(await load(keys.join('\n'), 'lirs')).toEqual([[0, 1, 2, 3, 4, 0, 2, 5, 6, 7], 8])
  })

  it('cache2k and uint32be: big-endian, an incomplete last record is ignored', async () => {
    const bytes = Buffer.from('ffffffff00000001ffffffff7fffffff0102', 'hex')
    expect(await load(bytes, 'cache2k')).toEqual([[0, 1, 0, 2], 3])
    expect(await load(bytes, 'uint32be')).toEqual([[0, 1, 0, 2], 3])
  })

  it('int64be: keys beyond 2^53 stay apart', async () => {
    const bytes = Buffer.alloc(8 * 5 + 3)
    const keys = [2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 53n, -1n]
    for (const [at, key] of keys.entries()) bytes.writeBigInt64BE(key, at * 8)
    expect(await load(bytes, 'int64be')).toEqual([[0, 1, 2, 0, 3], 4])
  })

  it('unpacks by suffix', async () => {
    const text = Array.from({ length: 5000 }, (_, at) => String(at % 700)).join('\n')
    const plain = await load(text, 'lirs')
    expect(plain[1]).toBe(700)
    expect(await load(gzipSync(text), 'lirs', 'trace.gz')).toEqual(plain)
    expect(await load(zstdCompressSync(text), 'lirs', 'trace.zst')).toEqual(plain)
    const xz = spawnSync('xz', ['-c'], { input: text })
    if (xz.status === 0) expect(await load(xz.stdout, 'lirs', 'trace.xz')).toEqual(plain)
  })

  it('says which file is wrong', async () => {
    await expect(loadTrace(join(folder, 'none'), 'lirs')).rejects.toThrow(/none: ENOENT/)
    await expect(load('', 'lirs')).rejects.toThrow('trace: holds no request in the format lirs')
    await expect(load('not packed', 'lirs', 'broken.gz')).rejects.toThrow(/broken\.gz: incorrect header check/)
    await expect(load('not packed', 'lirs', 'broken.xz')).rejects.toThrow(/broken\.xz: xz/)
    await expect(load(Buffer.from([0, 10, 0]), 'lirs')).rejects.toThrow('the content is binary')
  })

  it('reads the same wherever the pieces are cut', () => {
    const contents: Record<Format, Buffer> = {
      arc: Buffer.from('10 4 0 0\r\n12 1 0 1\n7000000000 2 0 2'),
      lirs: Buffer.from('1\r\n*\n22\n\nabc\n1'),
      cache2k: Buffer.from('000000010000000200000001ff', 'hex'),
      int64be: Buffer.from('000000010000000200000001000000020000000100000003ff', 'hex'),
      uint32be: Buffer.from('800000010000000280000001ff', 'hex'),
    }
    fc.assert(
      fc.property(fc.constantFrom(...FORMATS), fc.array(fc.nat(40), { maxLength: 6 }), (format, cuts) => {
        const whole = openReader(format)
        whole.read(contents[format])
        const pieces = openReader(format)
        const places = [0, ...cuts.map((cut) => Math.min(cut, contents[format].length)), contents[format].length]
        places.sort((a, b) => a - b)
        for (let at = 1; at < places.length; at++) pieces.read(contents[format].subarray(places[at - 1], places[at]))
        expect(pieces.finish()).toEqual(whole.finish())
      }),
    )
  })
})
