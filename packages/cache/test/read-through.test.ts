import { describe, expect, it, vi } from 'vitest'
import { readThrough } from '../src/index.ts'
import { deferred, VirtualClock } from './harness.ts'

interface Channel {
  id: string
  enabled: boolean
}

/** The cached reads of the origin: channels and routing rules, 30 s, everything of a kind out with each change. */
function database() {
  const channels = new Map<string, Channel>([
    ['1', { id: '1', enabled: true }],
    ['2', { id: '2', enabled: false }],
  ])
  const queries = vi.fn<(name: string) => void>()
  const clock = new VirtualClock()
  const database = readThrough(
    { max: 100, clock },
    {
      getChannel: {
        load: async (id: string): Promise<Channel | null> => {
          queries('getChannel')
          return channels.get(id) ?? null
        },
        groups: ['channels'],
      },
      getChannels: {
        load: async (): Promise<Channel[]> => {
          queries('getChannels')
          return [...channels.values()]
        },
        groups: ['channels'],
      },
      getEnabledChannels: {
        load: (): Channel[] => {
          queries('getEnabledChannels')
          return [...channels.values()].filter(({ enabled }) => enabled)
        },
        groups: ['channels'],
      },
      getEnabledRoutingRules: {
        load: async (): Promise<string[]> => {
          queries('getEnabledRoutingRules')
          return ['default']
        },
        groups: ['rules'],
      },
    },
    {
      createChannel: {
        run: async (channel: Channel) => void channels.set(channel.id, channel),
        invalidates: ['channels'],
      },
      deleteChannel: { run: (id: string) => channels.delete(id), invalidates: ['channels'] },
      updateRoutingRule: { run: () => Promise.reject(new Error('locked')), invalidates: ['rules'] },
    },
  )
  return { database, queries, clock }
}

describe('readThrough', () => {
  it('reads once, not found included', async () => {
    const { database: db, queries } = database()
    expect(await db.getChannel('1')).toEqual({ id: '1', enabled: true })
    expect(await db.getChannel('1')).toEqual({ id: '1', enabled: true })
    expect(await db.getChannel('none')).toBeNull()
    expect(await db.getChannel('none')).toBeNull()
    expect(await Promise.all([db.getChannels(), db.getChannels()])).toHaveLength(2)
    expect(await db.getEnabledChannels()).toHaveLength(1)
    expect(queries.mock.calls.flat()).toEqual(['getChannel', 'getChannel', 'getChannels', 'getEnabledChannels'])
  })

  it('keeps for 30 s', async () => {
    const { database: db, queries, clock } = database()
    await db.getChannel('1')
    clock.advance(29_999)
    await db.getChannel('1')
    expect(queries).toHaveBeenCalledTimes(1)
    clock.advance(1)
    await db.getChannel('1')
    expect(queries).toHaveBeenCalledTimes(2)
  })

  it('takes the groups out that a write changes, a create too, and no others', async () => {
    const { database: db, queries } = database()
    await Promise.all([db.getChannel('3'), db.getChannels(), db.getEnabledRoutingRules()])
    await db.createChannel({ id: '3', enabled: true })
    expect(await db.getChannel('3')).toEqual({ id: '3', enabled: true })
    expect(await db.getChannels()).toHaveLength(3)
    await db.getEnabledRoutingRules()
    expect(await db.deleteChannel('3')).toBe(true)
    expect(await db.getChannel('3')).toBeNull()
    expect(queries.mock.calls.filter(([name]) => name === 'getEnabledRoutingRules')).toHaveLength(1)
  })

  it('takes them out when the write failed too: how much of it happened is unknown', async () => {
    const { database: db, queries } = database()
    await db.getEnabledRoutingRules()
    await expect(db.updateRoutingRule()).rejects.toThrow('locked')
    await db.getEnabledRoutingRules()
    expect(queries).toHaveBeenCalledTimes(2)
  })

  it('stores no read that began before the end of a write', async () => {
    const slow = deferred<string>()
    const load = vi.fn(() => slow.promise)
    const db = readThrough(
      { max: 10 },
      { read: { load, groups: ['g'] } },
      { write: { run: async () => {}, invalidates: ['g'] } },
    )
    const before = db.read()
    await db.write()
    slow.resolve('old')
    expect(await before).toBe('old')
    await db.read()
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('has the statistics and clean-up of the origin', async () => {
    const { database: db, clock } = database()
    await db.getChannel('1')
    await db.getChannel('2')
    expect(db.getCacheStats()).toMatchObject({ size: 2, maxSize: 100, utilizationPercent: 2 })
    clock.advance(30_000)
    expect(db.cleanupExpiredCache()).toBe(2)
    expect(db.getCacheStats().size).toBe(0)
    await db.getChannel('1')
    db.clearAllCaches()
    expect(db.getCacheStats().size).toBe(0)
    await db.getChannel('1')
    db.invalidate('channels', 'rules')
    expect(db.cleanupExpiredCache()).toBe(1)
  })

  it('tells arguments and reads apart by type and value', async () => {
    const load = vi.fn((...args: unknown[]) => args)
    const db = readThrough({ max: 100 }, { a: { load }, b: { load } })
    const calls: unknown[][] = [
      [],
      [undefined],
      [null],
      ['null'],
      [1],
      ['1'],
      [1n],
      [true],
      ['a,b'],
      ['a', 'b'],
      ['a","b'],
      ['', ''],
    ]
    for (const args of calls) expect(await db.a(...args)).toEqual(args)
    for (const args of calls) expect(await db.b(...args)).toEqual(args)
    expect(load).toHaveBeenCalledTimes(calls.length * 2)
    for (const args of calls) expect(await db.a(...args)).toEqual(args)
    expect(load).toHaveBeenCalledTimes(calls.length * 2)
  })

  it('wants a key for arguments that are no primitives', async () => {
    const db = readThrough(
      { max: 100 },
      {
        plain: { load: (_: object) => 1 },
        keyed: { load: ({ id }: { id: number }) => id, key: ({ id }) => String(id) },
      },
    )
    await expect(db.plain({})).rejects.toThrow(/give the read a key\(\) for objects/)
    expect(await db.keyed({ id: 5 })).toBe(5)
  })

  it('passes errors on and caches none', async () => {
    const load = vi.fn(() => Promise.reject(new Error('down')))
    const db = readThrough({ max: 100 }, { read: { load } })
    await expect(db.read()).rejects.toThrow('down')
    await expect(db.read()).rejects.toThrow('down')
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('takes a TTL for each read', async () => {
    const clock = new VirtualClock()
    const load = vi.fn(() => 1)
    const db = readThrough({ max: 100, clock }, { read: { load, ttlMs: 5 } })
    await db.read()
    clock.advance(5)
    await db.read()
    expect(load).toHaveBeenCalledTimes(2)
  })

  it.each<[object, object, RegExp]>([
    [{ read: { load: 5 } }, {}, /read must wrap a function, got number/],
    [{ read: { lod: () => 1 } }, {}, /did you mean "load"/],
    [{ clearAllCaches: { load: () => 1 } }, {}, /There is already a function clearAllCaches/],
    [{}, { x: { run: () => 1 } }, /invalidates of x must be an array of strings, got undefined/],
    [{}, { x: { run: () => 1, invalidates: 'users' } }, /invalidates must be an array of strings, got "users"/],
    [{}, { x: { run: () => 1, invalidates: [Symbol('g')] } }, /invalidates must be an array of strings/],
    [{ x: { load: () => 1 } }, { x: { run: () => 1, invalidates: [] } }, /There is already a function x/],
  ])('refuses %o and %o', (reads, writes, problem) => {
    expect(() => readThrough({ max: 1 }, reads as never, writes as never)).toThrow(problem)
  })
})
