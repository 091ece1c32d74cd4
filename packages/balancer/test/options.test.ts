import { describe, expect, it } from 'vitest'
import { LoadBalancer } from '../src/index.ts'
import { nearestName } from '../src/nearest-name.ts'
import { balancerOf } from './fixtures.ts'

const withOptions = (options: unknown) => (): unknown => new LoadBalancer([], options as never)
const withEndpoint = (endpoint: unknown) => (): unknown => new LoadBalancer([endpoint as never])

describe('options', () => {
  it('are all optional, undefined included', () => {
    const options = {
      strategy: undefined,
      session: undefined,
      isAvailable: undefined,
      clock: undefined,
      random: undefined,
    }
    expect(withOptions(options)).not.toThrow()
    expect(withOptions({ session: { ttlMs: undefined, max: undefined, seed: undefined } })).not.toThrow()
  })

  it.each([
    [null, 'options must be an object, got null'],
    ['x', 'options must be an object, got "x"'],
    [[], 'options must be an object, got an array'],
    [{ stratgy: 'random' }, 'options has no "stratgy"; did you mean "strategy"?'],
    [{ Session: false }, 'options has no "Session"; did you mean "session"?'],
    [{ zzzzzz: 1 }, 'options has no "zzzzzz"; known: strategy, session, sessionToken, isAvailable, ejection'],
    [{ strategy: 'round-robbin' }, 'got "round-robbin"; did you mean "round-robin"?'],
    [{ strategy: 'least_con' }, 'got "least_con"; did you mean "least_conn"?'],
    [{ strategy: 'magic' }, 'got "magic"; known: auto, round-robin, weighted, least-inflight, random'],
    [{ strategy: '' }, 'options.strategy must be the name of a strategy, got ""'],
    [{ strategy: null }, 'options.strategy must be the name of a strategy, got null'],
    [{ strategy: '__proto__' }, 'options.strategy must be the name of a strategy'],
    [{ session: true }, 'options.session must be an object, got true'],
    [{ session: null }, 'options.session must be an object, got null'],
    [{ session: { ttl: 5 } }, 'options.session has no "ttl"; did you mean "ttlMs"?'],
    [{ session: { ttlMs: '5' } }, 'options.session.ttlMs must be a number from 1 to 1000000000000 ms, got "5"'],
    [{ session: { seed: 5 } }, 'options.session.seed must be an array of 4 integers, got 5'],
    [{ session: { seed: [1] } }, 'options.session.seed must be an array of 4 integers, got an array'],
    [{ session: { seed: [1, 2, 3, 'x'] } }, 'options.session.seed[3] must be an integer'],
    [{ isAvailable: true }, 'options.isAvailable must be a function, got true'],
    [{ random: 4 }, 'options.random must be a function, got 4'],
    [{ clock: {} }, 'options.clock must be an object with a now() function, got an object'],
    [{ clock: { now: () => '1' } }, 'options.clock.now() must return a finite number of milliseconds, got "1"'],
    [{ clock: { now: () => Number.NaN } }, 'options.clock.now() must return a finite number of milliseconds, got NaN'],
  ])('%j is a TypeError', (options, message) => {
    expect(withOptions(options)).toThrow(TypeError)
    expect(withOptions(options)).toThrow(message)
  })

  it.each([
    [{ ttlMs: 0 }, 'options.session.ttlMs must be a number from 1 to 1000000000000 ms, got 0'],
    [{ ttlMs: Number.NaN }, 'options.session.ttlMs must be a number from 1 to 1000000000000 ms, got NaN'],
    [{ ttlMs: -5 }, 'got -5'],
    [{ ttlMs: Number.POSITIVE_INFINITY }, 'got Infinity'],
    [{ max: 0 }, 'options.session.max must be an integer from 1 to 50000000, got 0'],
    [{ max: 1.5 }, 'options.session.max must be an integer from 1 to 50000000, got 1.5'],
    [{ max: 1e9 }, 'got 1000000000'],
    [{ seed: [1, 2, 3, 2 ** 32] }, 'options.session.seed[3] must be an integer from -2147483648 to 4294967295'],
  ])('session %j is a RangeError', (session, message) => {
    expect(withOptions({ session })).toThrow(RangeError)
    expect(withOptions({ session })).toThrow(message)
  })

  it('setStrategy rejects an unknown name and changes nothing', () => {
    const balancer = balancerOf('a')
    expect(() => balancer.setStrategy('p2' as never)).toThrow(TypeError)
    expect(balancer.getStrategy()).toBe('round-robin')
  })
})

describe('endpoints', () => {
  it.each([
    [null, 'endpoints[0] must be an object, got null'],
    ['http://localhost', 'endpoints[0] must be an object, got "http://localhost"'],
    [{ value: 1 }, 'endpoints[0].id must be a string that is not empty, got undefined'],
    [{ id: '', value: 1 }, 'endpoints[0].id must be a string that is not empty, got ""'],
    [{ id: 5, value: 1 }, 'endpoints[0].id must be a string that is not empty, got 5'],
    [{ id: 'a', value: 1, wieght: 2 }, 'endpoints[0] has no "wieght"; did you mean "weight"?'],
    [{ id: 'a', value: 1, weight: '2' }, 'endpoints[0].weight must be a number from 0 to 1000000000, got "2"'],
    [{ id: 'a', value: 1, weight: null }, 'endpoints[0].weight must be a number from 0 to 1000000000, got null'],
  ])('%j is a TypeError', (endpoint, message) => {
    expect(withEndpoint(endpoint)).toThrow(TypeError)
    expect(withEndpoint(endpoint)).toThrow(message)
  })

  it.each([Number.NaN, -1, -0.001, Number.POSITIVE_INFINITY, 1e10])('weight %d is a RangeError', (weight) => {
    expect(withEndpoint({ id: 'a', value: 1, weight })).toThrow(RangeError)
    const balancer = balancerOf('ab')
    expect(() => balancer.add({ id: 'c', value: '', weight })).toThrow(RangeError)
    expect(() => balancer.setWeight('a', weight)).toThrow('weight must be a number from 0 to 1000000000, got')
    expect(balancer.size).toBe(2)
    expect(balancer.stats()[0]?.weight).toBe(1)
  })

  it('names the position of the wrong one', () => {
    const endpoints = [
      { id: 'a', value: 1 },
      { id: 'b', value: 1, weight: -1 },
    ]
    expect(() => new LoadBalancer(endpoints)).toThrow('endpoints[1].weight')
  })

  it.each([undefined, null, 5, {}])('%j instead of a list is a TypeError', (endpoints) => {
    expect(() => new LoadBalancer(endpoints as never)).toThrow('endpoints must be iterable')
  })
})

describe('messages', () => {
  it('show long and odd values shortly', () => {
    expect(withOptions('x'.repeat(500))).toThrow(`options must be an object, got "${'x'.repeat(60)}…"`)
    expect(withOptions(() => 1)).toThrow('options must be an object, got a function')
    expect(withOptions({ strategy: Symbol('s') })).toThrow('got Symbol(s); known: auto, round-robin')
    expect(withOptions({ session: 5n })).toThrow('options.session must be an object, got 5')
  })
})

describe('nearestName', () => {
  it('finds slips and leaves the rest alone', () => {
    const known = ['ttlMs', 'max', 'seed', 'strategy']
    expect(nearestName('ttlms', known)).toBe('ttlMs')
    expect(nearestName('tlMs', known)).toBe('ttlMs')
    expect(nearestName('startegy', known)).toBe('strategy')
    expect(nearestName('completely-else', known)).toBeNull()
    expect(nearestName('', [])).toBeNull()
  })
})
