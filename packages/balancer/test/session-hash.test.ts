import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SessionHash } from '../src/session-hash.ts'

const hash = new SessionHash([1, 2, 3, 4])

function of(id: string, tenant = '', by = hash): string {
  by.compute(id, tenant)
  return `${by.a} ${by.b}`
}

describe('SessionHash', () => {
  it('gives the same words for the same key and seed, int32 both, the second odd', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (id, tenant) => {
        expect(of(id, tenant, new SessionHash([1, 2, 3, 4]))).toBe(of(id, tenant))
        hash.compute(id, tenant)
        expect(hash.a).toBe(hash.a | 0)
        expect(hash.b).toBe(hash.b | 1)
      }),
    )
    // Making strings of all of Unicode takes seconds on a busy machine.
  }, 30_000)

  it('gives other words under another seed, and draws one when none is given', () => {
    expect(of('session', '', new SessionHash([1, 2, 3, 5]))).not.toBe(of('session'))
    expect(of('session', '', new SessionHash())).not.toBe(of('session', '', new SessionHash()))
  })

  it('has no collision among a quarter of a million similar ids', () => {
    const seen = new Set<string>()
    for (let n = 0; n < 50_000; n++) {
      seen.add(of(`${n}`))
      seen.add(of(`user-${n}-x`))
      seen.add(of(`${n}`, 'tenant'))
      seen.add(of('session', `${n}`))
      seen.add(of(`${String.fromCharCode(n)}aaaa${String.fromCharCode(n >> 2)}${n}`))
    }
    expect(seen.size).toBe(250_000)
  })

  it('tells ids of up to three characters and repeated characters apart', () => {
    const ids = [
      '',
      '\0',
      '\0\0',
      '\0\0\0',
      '\0\0\0\0',
      'a',
      'aa',
      'aaa',
      'aaaa',
      'aaaaa',
      'b',
      'ab',
      'ba',
      'abc',
      'bca',
    ]
    expect(new Set(ids.map((id) => of(id))).size).toBe(ids.length)
  })

  it('flips about half of the bits when one character changes', () => {
    let flipped = 0
    const pairs = 2000
    for (let n = 0; n < pairs; n++) {
      hash.compute(`session-id-number-${n}-of-a-client`, '')
      const { a, b } = hash
      hash.compute(`session-id-number-${n}-of-a-cliens`, '')
      for (let bits = hash.a ^ a; bits !== 0; bits &= bits - 1) flipped++
      for (let bits = hash.b ^ b; bits !== 0; bits &= bits - 1) flipped++
    }
    // 32 + 31 bits that can change.
    expect(flipped / pairs).toBeGreaterThan(30)
    expect(flipped / pairs).toBeLessThan(33)
  })

  it('spreads consecutive ids evenly over buckets by either word', () => {
    const byA = new Int32Array(100)
    const byB = new Int32Array(100)
    for (let n = 0; n < 100_000; n++) {
      hash.compute(`session-${n}`, '')
      const bucketA = (hash.a >>> 0) % 100
      const bucketB = (hash.b >>> 1) % 100
      byA[bucketA] = (byA[bucketA] as number) + 1
      byB[bucketB] = (byB[bucketB] as number) + 1
    }
    // Mean 1000, sigma 31.5: five sigma.
    for (const count of [...byA, ...byB]) expect(Math.abs(count - 1000)).toBeLessThan(158)
  })

  it('tenant delimiter injection: no split of one text into tenant and id equals another', () => {
    const text = 'tenant:a|session:b\0c'
    const seen = new Set(Array.from(text, (_, index) => of(text.slice(index), text.slice(0, index))))
    expect(seen.size).toBe(text.length)
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (tenant, id, otherTenant, otherId) => {
        fc.pre(tenant !== otherTenant || id !== otherId)
        expect(of(id, tenant)).not.toBe(of(otherId, otherTenant))
      }),
    )
  })

  it('takes an id of 64 kB, all of it', () => {
    const long = 'x'.repeat(65_536)
    expect(of(long)).not.toBe(of(`${long.slice(0, -1)}y`))
    expect(of(long)).not.toBe(of(`y${long.slice(1)}`))
  })
})
