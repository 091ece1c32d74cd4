import { describe, expect, it } from 'vitest'
import { LoadBalancer } from '../src/index.ts'
import { balancerOf, fakeClock } from './fixtures.ts'

describe('mistakes are told', () => {
  it('a request with an unknown property instead of a session', async () => {
    const balancer = balancerOf('ab')
    const message = 'request has no "sessionID"; did you mean "sessionId"?'
    expect(() => balancer.pick({ sessionID: 's' } as never)).toThrow(message)
    expect(() => balancer.select({ session: 's', exclude: new Set() } as never)).toThrow('request has no "session"')
    await expect(balancer.acquire({ sessionID: 's' } as never)).rejects.toThrow(message)
    await expect(balancer.acquire({ sessionId: 's', exlude: new Set() } as never)).rejects.toThrow('"exclude"')
    expect(balancer.totals().picks).toBe(0)
    expect(balancer.select({ sessionId: undefined, tenant: 't', key: undefined })).not.toBeNull()
    expect(balancer.select({ signal: undefined } as never)).not.toBeNull()
  })

  it('an exclude that is no set', () => {
    for (const exclude of [['a'], 'a', null]) {
      expect(() => balancerOf('ab').pick({ exclude } as never)).toThrow('exclude must be a Set of ids, got ')
    }
  })

  it('an endpoint without a value', () => {
    const of = (endpoint: object) => () => new LoadBalancer([endpoint as never])
    expect(of({ id: 'a' })).toThrow('endpoints[0].value is missing')
    expect(of({ id: 'a', url: 'http://a' })).toThrow('endpoints[0] has no "url"')
    expect(of({ id: 'a', value: undefined })).not.toThrow()
    expect(() => balancerOf('a').add({ id: 'b' } as never)).toThrow('endpoint.value is missing')
  })

  it('replace by too many changes nothing', () => {
    const balancer = balancerOf('ab')
    balancer.select({ sessionId: 's' })
    const many = Array.from({ length: 65_537 }, (_, n) => ({ id: `n${n}`, value: '' }))
    expect(() => balancer.replace(many)).toThrow('A balancer holds at most 65536 endpoints')
    expect(balancer.endpoints().map(({ id }) => id)).toEqual(['a', 'b'])
    expect(balancer.explain('s').home).toBe('a')
  })
})

describe('a snapshot read from a file', () => {
  it('is a view of a larger buffer', () => {
    const clock = fakeClock()
    const balancer = balancerOf('abc', { clock })
    for (let n = 0; n < 100; n++) balancer.select({ sessionId: `s${n}` })
    const snapshot = balancer.snapshot() as ArrayBuffer
    const file = Buffer.concat([Buffer.alloc(12), Buffer.from(snapshot)]).subarray(12)
    for (const given of [file, new DataView(file.buffer, file.byteOffset, file.byteLength), snapshot]) {
      const next = balancerOf('abc', { clock })
      expect(next.restore(given)).toBe(100)
      expect(next.explain('s7').home).toBe(balancer.explain('s7').home)
    }
    expect(() => balancer.restore(file.buffer as ArrayBuffer)).toThrow('of a Buffer, pass itself, not its .buffer')
    expect(() => balancer.restore('BWS1' as never)).toThrow('it is neither an ArrayBuffer nor a view of one')
  })
})

describe('update', () => {
  it('takes a cap and a zone away again', () => {
    const balancer = balancerOf('ab', { strategy: 'weighted', zone: { local: 'here', penalty: 1e6 } })
    balancer.update('a', { maxInFlight: 1, zone: 'here' })
    balancer.pick({ exclude: new Set('b') })
    expect(balancer.pick({ exclude: new Set('b') })).toBeNull()
    balancer.update('a', { maxInFlight: Number.POSITIVE_INFINITY, zone: undefined })
    expect(balancer.endpoints()[0]).toMatchObject({ maxInFlight: Number.POSITIVE_INFINITY, zone: 'here' })
    expect(balancer.pick({ exclude: new Set('b') })).not.toBeNull()
    balancer.update('a', { zone: null })
    expect(balancer.endpoints()[0]?.zone).toBeUndefined()
    const ids = Array.from({ length: 10 }, () => balancer.select()?.id)
    expect(ids.filter((id) => id === 'b')).toHaveLength(5)
    expect(() => balancer.update('a', { zone: 5 as never })).toThrow('update.zone must be a string, got 5')
  })
})
