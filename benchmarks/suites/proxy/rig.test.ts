// The real contenders, each asked for every kind of answer; a program that is not installed is left out by its name.
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, askAll, wrongAnswer } from './answers.ts'
import type { Contender } from './contender.ts'
import { chooseCores, parseCpuList, pinned } from './cores.ts'
import { cpuOf, residentBytes, treeOf } from './process-tree.ts'
import { absent, findProgram } from './programs.ts'
import { Rig } from './rig.ts'
import { IDLE, SCENARIOS } from './scenarios.ts'
import { fill } from './template.ts'
import type { Kind } from './traffic.ts'

const KINDS: readonly Kind[] = ['get', 'post', 'large', 'events']

function installed({ name }: Contender): boolean {
  return !['nginx', 'haproxy'].includes(name) || findProgram(name) !== null
}

let rig: Rig
const expected = new Map<Kind, Answer[]>()
beforeAll(async () => {
  // Beside other tests nothing is pinned.
  rig = await Rig.open({ contender: null, load: null, note: null })
  for (const kind of KINDS) expected.set(kind, await askAll({ port: rig.load.ports[0] }, kind))
})
afterAll(() => rig.close())

describe.skipIf(process.platform !== 'linux')('contenders', () => {
  test('the service answers each kind as it should', () => {
    const lengths = KINDS.map((kind) => expected.get(kind)?.at(-1)?.length)
    expect(lengths).toEqual([1_024, 1_024, 1_048_576, 213])
    expect(expected.get('post')?.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  test.each(IDLE.contenders.filter(installed).map((contender) => [contender.name, contender] as const))(
    '%s answers as the service does, and ends',
    async (name, contender) => {
      const running = await rig.ensure(contender)
      if ('missing' in running) throw new Error(running.missing)
      for (const kind of KINDS) {
        expect(await wrongAnswer(running.address, kind, expected.get(kind) ?? []), kind).toBeNull()
      }
      const pids = treeOf(running.pid)
      expect(cpuOf(pids).total).toBeGreaterThan(0)
      expect(residentBytes(pids)).toBeGreaterThan(1e6)
      await rig.stop(name)
      await expect
        .poll(() => treeOf(running.pid).filter((pid) => pids.includes(pid) && pid !== running.pid))
        .toEqual([])
      expect(() => process.kill(running.pid, 0)).toThrow()
    },
  )

  test('a wrong answer is said in words', async () => {
    const [first, ...others] = expected.get('get') ?? []
    if (first === undefined) throw new Error('no answer')
    const wrong = await wrongAnswer({ port: rig.load.ports[0] }, 'get', [{ ...first, status: 500 }, ...others])
    expect(wrong).toBe('GET /api/check?a=1&b=two: status is 200, not 500')
    expect(await wrongAnswer({ port: 1 }, 'get', others)).toContain('no answer')
  })

  test('what cannot run is left out with the reason', async () => {
    const base = { role: 'peer', tls: false } as const
    const missing = await rig.ensure({ ...base, name: 'none', prepare: () => absent('none') })
    expect(missing).toEqual({ missing: 'none is not installed (apt-get install none)' })
    const command = [process.execPath, '-e', 'console.error("bad\\n  configuration"); process.exit(1)']
    const broken = await rig.ensure({ ...base, name: 'broken', prepare: () => ({ command }) })
    expect(broken).toEqual({ missing: 'it did not start: bad · configuration' })
    const nowhere = await rig.ensure({ ...base, name: 'nowhere', prepare: () => ({ command: ['/no/such/program'] }) })
    expect(nowhere).toEqual({ missing: expect.stringContaining('cannot start /no/such/program') })
  })
})

describe('surroundings', () => {
  test('lists of cores', () => {
    expect(parseCpuList('0-2,5\n')).toEqual([0, 1, 2, 5])
    expect(chooseCores([3, 7, 8], '/usr/bin/taskset')).toEqual({ contender: 3, load: 7, note: null })
    expect(chooseCores([0], '/usr/bin/taskset').note).toContain('fewer than two cores')
    expect(chooseCores([0, 1], null).note).toContain('util-linux')
    expect(pinned(['nginx', '-c', 'x'], 1)).toEqual(['taskset', '-c', '1', 'nginx', '-c', 'x'])
    expect(pinned(['nginx'], null)).toEqual(['nginx'])
  })

  test('programs are found on the path and where packages put them', () => {
    expect(findProgram('sh', '/nowhere:/bin')).toBe('/bin/sh')
    expect(findProgram('no-such-program')).toBeNull()
  })

  test('a template takes every value, and only those', () => {
    expect(fill('listen {{port}}; { x }', { port: '80' })).toBe('listen 80; { x }')
    expect(() => fill('{{port}}', {})).toThrow('{{port}}')
    expect(() => fill('', { port: '80' })).toThrow('no place in the template for port')
  })

  test('every scenario divides by rows that it has', () => {
    for (const { name, references, contenders } of SCENARIOS) {
      const rows = contenders.map((contender) => contender.name)
      expect(rows, name).toEqual(expect.arrayContaining([...references]))
      expect(new Set(rows).size, name).toBe(rows.length)
    }
  })

  test('the load ends with its last connection to this process', async () => {
    const other = await Rig.open({ contender: null, load: null, note: null })
    await other.close()
    await wait(1)
    await expect(askAll({ port: other.load.ports[0] }, 'get')).rejects.toThrow()
  })
})
