import { describe, expect, test } from 'vitest'
import { HostAddresses } from '../../src/upstream/host-addresses.ts'
import type { HostAddress, ResolvedHost } from '../../src/upstream/resolve.ts'

const four = (address: string): HostAddress => ({ address, family: 4 })
const answer = (ttlMs: number, ...addresses: string[]): ResolvedHost => ({ addresses: addresses.map(four), ttlMs })

/** A name whose look-ups are answered by the test. */
class Host {
  now = 0
  asked = 0
  changes = 0
  next: ResolvedHost | Error | Promise<ResolvedHost> = answer(10_000, '10.0.0.1')
  readonly addresses: HostAddresses

  constructor() {
    this.addresses = new HostAddresses(
      'api.test',
      async () => {
        this.asked++
        if (this.next instanceof Error) throw this.next
        return this.next
      },
      { now: () => this.now },
      () => {
        this.changes++
      },
    )
  }

  /** What a dial gets: the addresses in order, or the code of the error. */
  dial(family: 0 | 4 | 6 = 0): Promise<string> {
    return new Promise((resolve) => {
      this.addresses.lookup('api.test', { all: true, family }, (error, found) => {
        if (error !== null) resolve(error.code ?? error.message)
        else resolve((found as unknown as HostAddress[]).map(({ address }) => address).join(' '))
      })
    })
  }
}

const refused = Object.assign(new Error('queryA ESERVFAIL api.test'), { code: 'ESERVFAIL' })

describe('look-ups', () => {
  test('one answer serves every dial until its TTL ran out', async () => {
    const host = new Host()
    for (host.now = 0; host.now < 10_000; host.now += 1_000) expect(await host.dial()).toBe('10.0.0.1')
    expect(host.asked).toBe(1)
    host.next = answer(10_000, '10.0.0.2')
    expect(await host.dial()).toBe('10.0.0.2')
    expect(host.asked).toBe(2)
  })

  test('dials at the same time share one look-up', async () => {
    const host = new Host()
    await Promise.all([host.dial(), host.dial(), host.dial()])
    expect(host.asked).toBe(1)
  })

  test('a TTL of 0 holds for a second', async () => {
    const host = new Host()
    host.next = answer(0, '10.0.0.1')
    await host.dial()
    host.now = 999
    await host.dial()
    expect(host.asked).toBe(1)
    host.now = 1_000
    await host.dial()
    expect(host.asked).toBe(2)
  })

  test('a request that finds a live connection still notices that the TTL ran out', async () => {
    const host = new Host()
    host.addresses.touch()
    expect(host.asked).toBe(0)
    await host.dial()
    host.next = answer(10_000, '10.0.0.2')
    host.now = 10_000
    host.addresses.touch()
    host.addresses.touch()
    expect(host.asked).toBe(2)
    await new Promise(setImmediate)
    expect(host.changes).toBe(1)
    expect(host.addresses.has('10.0.0.1')).toBe(false)
    expect(host.addresses.has('10.0.0.2')).toBe(true)
  })

  test('each dial begins at the next address', async () => {
    const host = new Host()
    host.next = answer(10_000, '10.0.0.1', '10.0.0.2', '10.0.0.3')
    expect(await host.dial()).toBe('10.0.0.1 10.0.0.2 10.0.0.3')
    expect(await host.dial()).toBe('10.0.0.2 10.0.0.3 10.0.0.1')
    expect(await host.dial()).toBe('10.0.0.3 10.0.0.1 10.0.0.2')
    expect(await host.dial()).toBe('10.0.0.1 10.0.0.2 10.0.0.3')
  })

  test('a dial of one family gets that family, or an error', async () => {
    const host = new Host()
    host.next = { addresses: [{ address: '2001:db8::1', family: 6 }, four('10.0.0.1')] }
    expect(await host.dial(4)).toBe('10.0.0.1')
    expect(await host.dial(6)).toBe('2001:db8::1')
    host.next = answer(1, '10.0.0.1')
    host.now = 60_000
    expect(await host.dial(6)).toBe('ENOTFOUND')
  })
})

describe('changes', () => {
  test('an address more changes nothing for those in use; one less does', async () => {
    const host = new Host()
    await host.dial()
    host.next = answer(10_000, '10.0.0.2', '10.0.0.1')
    host.now += 10_000
    await host.dial()
    expect(host.changes).toBe(0)
    host.next = answer(10_000, '10.0.0.2')
    host.now += 10_000
    await host.dial()
    expect(host.changes).toBe(1)
  })

  test('before the first answer every address counts as current', () => {
    expect(new Host().addresses.has('10.9.9.9')).toBe(true)
  })
})

describe('a name server that fails', () => {
  test('without an earlier answer the dial fails with its error, and the next one asks again', async () => {
    const host = new Host()
    host.next = refused
    expect(await host.dial()).toBe('ESERVFAIL')
    expect(await host.dial()).toBe('ESERVFAIL')
    expect(host.asked).toBe(2)
    host.next = answer(10_000, '10.0.0.1')
    expect(await host.dial()).toBe('10.0.0.1')
  })

  test('the last good answer stays, and is asked about once per second', async () => {
    const host = new Host()
    await host.dial()
    host.next = refused
    host.now = 10_000
    for (let i = 0; i < 5; i++) expect(await host.dial()).toBe('10.0.0.1')
    expect(host.asked).toBe(2)
    expect(host.changes).toBe(0)
    host.now += 1_000
    host.next = answer(10_000, '10.0.0.7')
    expect(await host.dial()).toBe('10.0.0.7')
    expect(host.changes).toBe(1)
  })

  test('an answer without addresses is a failure', async () => {
    const host = new Host()
    host.next = { addresses: [] }
    expect(await host.dial()).toBe('ENOTFOUND')
  })

  test('one that does not answer is waited for a second, then the last answer serves', async () => {
    const host = new Host()
    await host.dial()
    host.now = 10_000
    host.next = new Promise(() => {})
    expect(await host.dial()).toBe('10.0.0.1')
  })
})
