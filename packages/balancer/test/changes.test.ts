import { describe, expect, it } from 'vitest'
import { DuplicateEndpointError, LoadBalancer } from '../src/index.ts'
import { balancerOf, countOf, fakeClock, seededRandom, selectMany } from './fixtures.ts'

describe('replace', () => {
  it('removes, updates and adds; those that stay keep sessions, leases and what is known of them', () => {
    const balancer = balancerOf('abc', { strategy: 'least-inflight' })
    for (let n = 0; n < 30; n++) balancer.select({ sessionId: `s${n}` })
    const before = Array.from({ length: 30 }, (_, n) => balancer.select({ sessionId: `s${n}` })?.id)
    const lease = balancer.pick({ exclude: new Set('bc') })
    const [kept] = balancer.endpoints()
    balancer.replace([
      { id: 'x', value: 'new' },
      { id: 'a', value: 'another value', weight: 3, maxInFlight: 99, tier: 2, zone: 'z' },
      { id: 'c', value: 'value of c' },
    ])
    expect(balancer.endpoints().map(({ id }) => id)).toEqual(['a', 'c', 'x'])
    expect(balancer.endpoints()[0]).toBe(kept)
    expect(kept).toMatchObject({ value: 'another value', weight: 3, maxInFlight: 99, tier: 2, zone: 'z', inflight: 1 })
    const after = Array.from({ length: 30 }, (_, n) => balancer.pick({ sessionId: `s${n}` }))
    for (const [n, home] of before.entries()) {
      expect(after[n]?.reason).toBe(home === 'b' ? 'removed' : 'pinned')
      if (home !== 'b') expect(after[n]?.endpoint.id).toBe(home)
    }
    lease?.done()
    balancer.replace([{ id: 'a', value: 'plain again' }])
    expect(kept).toMatchObject({ weight: 1, tier: 0, zone: undefined, maxInFlight: Number.POSITIVE_INFINITY })
  })

  it('all or nothing: one that is wrong, or given twice, changes nothing', () => {
    const balancer = balancerOf('abc')
    const good = { id: 'x', value: '' }
    expect(() => balancer.replace([good, { id: 'y', value: '', weight: Number.NaN }])).toThrow('endpoints[1].weight')
    expect(() => balancer.replace([good, good])).toThrow(DuplicateEndpointError)
    expect(() => balancer.replace(5 as never)).toThrow('endpoints must be iterable')
    expect(selectMany(balancer, 3)).toBe('abc')
  })

  it('tells of changes when all are in effect, and works with a listener that throws', () => {
    const balancer = balancerOf('ab')
    const log: string[] = []
    balancer
      .on('endpoint-removed', ({ endpoint }) => log.push(`-${endpoint.id} ${balancer.size}`))
      .on('endpoint-added', ({ endpoint }) => log.push(`+${endpoint.id} ${balancer.size}`))
    balancer.replace([...'bcd'].map((id) => ({ id, value: '' })))
    expect(log).toEqual(['-a 3', '+c 3', '+d 3'])
    balancer.once('endpoint-removed', () => {
      throw new Error('listener')
    })
    expect(() => balancer.replace([{ id: 'z', value: '' }])).toThrow('listener')
    expect(selectMany(balancer, 2)).toBe('zz')
  })

  it('may empty the set, not after destroy', () => {
    const balancer = balancerOf('ab')
    balancer.replace([])
    expect([balancer.size, balancer.select()]).toEqual([0, null])
    balancer.destroy()
    expect(() => balancer.replace([])).toThrow('replace() after destroy()')
  })

  it('survivors keep latencies and ejections', () => {
    const clock = fakeClock()
    const balancer = balancerOf('abc', { strategy: 'auto', clock })
    for (let time = 0; time < 5; time++) balancer.pick({ exclude: new Set('bc') })?.done('error')
    balancer.replace([...'abc'].map((id) => ({ id, value: 'new' })))
    expect(balancer.stats()[0]?.refusals).toEqual(['ejected'])
    expect(balancer.stats()[0]?.cost).toBeGreaterThan(balancer.stats()[1]?.cost as number)
  })
})

describe('update', () => {
  it('changes what is given', () => {
    const balancer = balancerOf('ab')
    balancer.update('a', { weight: 4, zone: 'z' })
    balancer.update('a', { tier: 3 })
    expect(balancer.endpoints()[0]).toMatchObject({ value: 'value of a', weight: 4, zone: 'z', tier: 3 })
    balancer.update('a', { value: 'other' })
    expect(balancer.endpoints()[0]?.value).toBe('other')
    for (const update of [{ tier: -1 }, { tier: 1.5 }, { tier: 256 }, { weight: -1 }]) {
      expect(() => balancer.update('a', update)).toThrow(RangeError)
    }
    expect(() => balancer.update('a', { zone: 5 as never })).toThrow('update.zone must be a string, got 5')
  })
})

describe('priority', () => {
  const tiered = (within: 'auto' | 'round-robin' = 'round-robin') => {
    const down = new Set<string>()
    const balancer = new LoadBalancer(
      [
        { id: 'c', value: '', tier: 2 },
        { id: 'a', value: '' },
        { id: 'b', value: '', tier: 1 },
        { id: 'A', value: '', tier: 0 },
      ],
      { strategy: { name: 'priority', within }, isAvailable: ({ id }) => !down.has(id), random: seededRandom(1) },
    )
    return { balancer, down }
  }

  it('works on the lowest tier in which anybody takes work', () => {
    for (const within of ['auto', 'round-robin'] as const) {
      const { balancer, down } = tiered(within)
      expect(balancer.getStrategy()).toBe('priority')
      expect(new Set(selectMany(balancer, 20))).toEqual(new Set('aA'))
      down.add('a')
      expect(new Set(selectMany(balancer, 20))).toEqual(new Set('A'))
      down.add('A')
      expect(new Set(selectMany(balancer, 20))).toEqual(new Set('b'))
      balancer.drain('b')
      expect(new Set(selectMany(balancer, 20))).toEqual(new Set('c'))
      down.clear()
      expect(new Set(selectMany(balancer, 20))).toEqual(new Set('aA'))
      down.add('a').add('A').add('c')
      expect(selectMany(balancer, 3)).toBe('---')
    }
  })

  it('a tier at its caps hands over, and tiers may change', () => {
    const { balancer } = tiered()
    balancer.update('a', { maxInFlight: 1 })
    balancer.remove('A')
    const lease = balancer.pick()
    expect(balancer.pick()?.endpoint.id).toBe('b')
    lease?.done()
    expect(balancer.pick()?.endpoint.id).toBe('a')
    balancer.update('c', { tier: 0 })
    expect(balancer.select()?.id).toBe('c')
    balancer.update('c', { tier: 7 })
    expect(balancer.select()?.id).toBe('b')
  })
})

describe('slow start', () => {
  const shareOfNewcomer = (strategy: 'round-robin' | 'auto' | 'random', atMs: number): number => {
    const clock = fakeClock()
    const balancer = balancerOf('abcd', { strategy, slowStart: { windowMs: 10_000 }, clock, random: seededRandom(4) })
    balancer.add({ id: 'x', value: '' })
    clock.time = atMs
    return (countOf(selectMany(balancer, 5000)).get('x') ?? 0) / 5000
  }

  it('a newcomer gets a tenth of its share at first and all of it in the end', () => {
    for (const strategy of ['round-robin', 'auto', 'random'] as const) {
      expect(Math.abs(shareOfNewcomer(strategy, 0) - 0.02)).toBeLessThan(0.015)
      expect(Math.abs(shareOfNewcomer(strategy, 5000) - 0.1)).toBeLessThan(0.02)
      expect(Math.abs(shareOfNewcomer(strategy, 10_000) - 0.2)).toBeLessThan(0.02)
    }
  })

  it('so does one that is back from an ejection, and not one given to the constructor', () => {
    const clock = fakeClock()
    const balancer = balancerOf('abcde', { ejection: true, slowStart: true, clock, random: seededRandom(4) })
    const share = (): number => (countOf(selectMany(balancer, 2000)).get('a') ?? 0) / 2000
    expect(share()).toBe(0.2)
    for (let time = 0; time < 5; time++) balancer.pick({ exclude: new Set('bcde') })?.done('error')
    clock.time = 2000
    expect(share()).toBeLessThan(0.04)
    clock.time = 12_000
    expect(share()).toBe(0.2)
  })

  it('an only endpoint, or the last accepted, takes everything at once', () => {
    const balancer = balancerOf('', { slowStart: true })
    balancer.add({ id: 'x', value: '' })
    expect(selectMany(balancer, 50)).toBe('x'.repeat(50))
  })

  it('leaves the hashing strategies alone: balancers must agree', () => {
    const balancer = balancerOf('abc', { strategy: 'rendezvous', slowStart: true, session: false })
    balancer.add({ id: 'x', value: '' })
    const other = balancerOf('abcx', { strategy: 'rendezvous', session: false })
    for (let n = 0; n < 200; n++) expect(balancer.select({ key: `${n}` })?.id).toBe(other.select({ key: `${n}` })?.id)
  })
})

describe('zones', () => {
  const zoned = (strategy: 'weighted' | 'auto', penalty?: number) =>
    new LoadBalancer(
      [
        { id: 'near', value: '', zone: 'here' },
        { id: 'far', value: '', zone: 'there' },
        { id: 'nowhere', value: '' },
      ],
      { strategy, zone: { local: 'here', penalty }, random: seededRandom(1) },
    )

  it('count the others for less', () => {
    const weighted = zoned('weighted')
    expect(countOf(Array.from({ length: 400 }, () => weighted.select()?.id))).toEqual(
      new Map([
        ['near', 200],
        ['far', 100],
        ['nowhere', 100],
      ]),
    )
    const balancer = zoned('auto', 4)
    const ids = Array.from({ length: 6 }, () => balancer.pick()?.endpoint.id)
    expect(ids.slice(0, 3)).toEqual(['near', 'near', 'near'])
    expect(new Set(ids)).not.toEqual(new Set(['near']))
  })

  it('follow an update', () => {
    const balancer = zoned('weighted', 1000)
    balancer.update('near', { zone: 'there' })
    balancer.update('far', { zone: 'here' })
    expect(selectMany(balancer, 5)).toBe('far'.repeat(5))
  })

  it('are checked', () => {
    expect(() => balancerOf('a', { zone: {} as never })).toThrow('options.zone.local must be a string')
    expect(() => balancerOf('a', { zone: { local: 'x', penalty: 0.5 } })).toThrow(RangeError)
  })
})

describe('setStrategy', () => {
  it('takes settings, and the same settings again change nothing', () => {
    const balancer = balancerOf('abc', { strategy: { name: 'auto', choices: 2 } })
    balancer.setStrategy({ name: 'auto', choices: 'all' })
    expect(balancer.getStrategy()).toBe('auto')
    balancer.setStrategy('round-robin')
    balancer.select()
    balancer.setStrategy({ name: 'round_robin', start: 'first' })
    expect(selectMany(balancer, 2)).toBe('bc')
  })

  it.each([
    [{ name: 'auto', choices: 0 }, 'options.strategy.choices must be an integer from 1 to 65536, got 0'],
    [{ name: 'auto', choices: 'some' }, 'options.strategy.choices must be "all", "adaptive" or a number, got "some"'],
    [{ name: 'auto', errorPenalty: -1 }, 'options.strategy.errorPenalty'],
    [{ name: 'auto', tauMs: 1 }, 'options.strategy has no "tauMs"; known: name, choices, errorPenalty'],
    [{ name: 'p2c-ewma', tauMs: 0 }, 'options.strategy.tauMs must be a number from 1'],
    [{ name: 'bounded-rendezvous', factor: 0.9 }, 'options.strategy.factor must be a number from 1 to 100'],
    [{ name: 'priority', within: 'priority' }, 'options.strategy.within must not be "priority" again'],
    [{ name: 'priority', within: 'atuo' }, 'did you mean "auto"?'],
    [{ name: 'round-robin', start: 'last' }, 'options.strategy.start must be "first" or "random", got "last"'],
    [{ name: 'magic' }, 'options.strategy.name must be the name of a strategy, got "magic"'],
    [{}, 'options.strategy.name must be the name of a strategy, got undefined'],
    [[], 'options.strategy.name'],
  ])('%j is an error', (strategy, message) => {
    const balancer = balancerOf('abc')
    expect(() => balancer.setStrategy(strategy as never)).toThrow(message)
    expect(() => balancerOf('a', { strategy: strategy as never })).toThrow(message)
    expect(balancer.getStrategy()).toBe('round-robin')
  })

  it('every name makes a balancer, aliases included', () => {
    const names = [
      'auto',
      'round-robin',
      'weighted',
      'least-inflight',
      'random',
      'p2c',
      'p2c-ewma',
      'rendezvous',
      'ring',
    ]
    const more = [
      'maglev',
      'bounded-rendezvous',
      'priority',
      'round_robin',
      'least_used',
      'least_conn',
      'least-pending',
    ]
    for (const strategy of [...names, ...more, 'hash', 'ip-hash', 'ip_hash'] as const) {
      const balancer = balancerOf('abc', { strategy: strategy as never })
      const lease = balancer.pick({ sessionId: 's', key: 'k' })
      expect(lease).not.toBeNull()
      lease?.done('error')
      balancer.setWeight('a', 0)
      balancer.drain('b')
      expect(balancer.select()?.id).toBe('c')
      balancer.remove('c')
      expect([balancer.select(), balancer.pick()]).toEqual([null, null])
    }
  })

  it('round robin may start anywhere: many balancers that start at once do not all begin with the same endpoint', () => {
    const firsts = Array.from({ length: 60 }, (_, seed) => {
      const strategy = { name: 'round-robin', start: 'random' } as const
      return balancerOf('abc', { strategy, random: seededRandom(seed) }).select()?.id
    })
    expect(new Set(firsts)).toEqual(new Set('abc'))
  })
})
