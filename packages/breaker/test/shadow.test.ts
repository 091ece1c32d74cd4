import { describe, expect, it, vi } from 'vitest'
import { CircuitBreaker } from '../src/index.ts'
import { ShadowBreaker, type ShadowDifference } from '../src/shadow.ts'

const pair = (): { incumbent: CircuitBreaker; candidate: CircuitBreaker } => ({
  incumbent: new CircuitBreaker('incumbent', { consecutiveFailures: 5 }),
  candidate: new CircuitBreaker('candidate', { consecutiveFailures: 2 }),
})

describe('ShadowBreaker', () => {
  it('the incumbent decides, both are told, differences are counted and reported', () => {
    const { incumbent, candidate } = pair()
    const seen: ShadowDifference[] = []
    const shadow = new ShadowBreaker(incumbent, candidate, { onDifference: (difference) => seen.push(difference) })
    for (let i = 0; i < 4; i++) shadow.failure(shadow.tryAcquire())
    expect([incumbent.getState(), candidate.getState()]).toEqual(['closed', 'open'])
    expect(shadow.report()).toEqual({
      calls: 4,
      agreements: 2,
      candidateRefused: 2,
      incumbentRefused: 0,
      decidedByCandidate: 0,
      agreement: 0.5,
    })
    expect(seen[0]).toEqual({ incumbent: 'admitted', candidate: 'refused', decidedBy: 'incumbent' })
    incumbent.forceState('isolated')
    candidate.reset()
    expect(shadow.tryAcquire()).toBe(0)
    expect(shadow.report().incumbentRefused).toBe(1)
  })

  it('gives the other one its permit back when no call is made', () => {
    const { incumbent } = pair()
    const candidate = new CircuitBreaker('candidate', { halfOpenMaxRequests: 1 })
    candidate.forceState('half_open')
    incumbent.forceState('open')
    const shadow = new ShadowBreaker(incumbent, candidate)
    for (let i = 0; i < 3; i++) expect(shadow.tryAcquire()).toBe(0)
    expect(candidate.isAllowingRequests()).toBe(true)
  })

  it('moves calls over by percentage, and back at once', () => {
    const { incumbent, candidate } = pair()
    candidate.forceState('isolated')
    let draw = 0
    const shadow = new ShadowBreaker(incumbent, candidate, { random: () => draw })
    expect(shadow.tryAcquire()).toBeGreaterThan(0)
    shadow.setPercentage(25)
    expect(shadow.percentage).toBe(25)
    draw = 0.24
    expect(shadow.tryAcquire()).toBe(0)
    draw = 0.25
    expect(shadow.tryAcquire()).toBeGreaterThan(0)
    shadow.setPercentage(100)
    draw = 0.999
    expect(shadow.tryAcquire()).toBe(0)
    shadow.setPercentage(0)
    draw = 0
    expect(shadow.tryAcquire()).toBeGreaterThan(0)
    expect(shadow.report()).toMatchObject({ calls: 5, decidedByCandidate: 2 })
  })

  it('counts a permit once, in whatever way it is settled', () => {
    const { incumbent, candidate } = pair()
    const shadow = new ShadowBreaker(incumbent, candidate)
    const permit = shadow.tryAcquire()
    shadow.success(permit, 3)
    for (const how of ['success', 'failure', 'ignore', 'release'] as const) shadow[how](permit)
    expect(incumbent.getMetrics().totals).toMatchObject({ successes: 1, failures: 0, totalMs: 3 })
    expect(candidate.getMetrics().totals).toMatchObject({ successes: 1, failures: 0 })
    for (let i = 0; i < 100; i++) shadow.tryAcquire()
  })

  it('runs functions', async () => {
    const { incumbent, candidate } = pair()
    const shadow = new ShadowBreaker(incumbent, candidate)
    expect(await shadow.run(() => 1)).toBe(1)
    await expect(shadow.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    incumbent.forceState('isolated')
    await expect(shadow.run(() => 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
  })

  it('an error of the observer does not reach the call', () => {
    const { incumbent, candidate } = pair()
    candidate.forceState('isolated')
    const rethrow = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
    const shadow = new ShadowBreaker(incumbent, candidate, {
      onDifference: () => {
        throw new Error('observer')
      },
    })
    expect(shadow.tryAcquire()).toBeGreaterThan(0)
    expect(rethrow.mock.calls[0]?.[0]).toThrow('observer')
    rethrow.mockRestore()
  })

  it('refuses bad arguments', () => {
    const { incumbent, candidate } = pair()
    expect(() => new ShadowBreaker(incumbent, incumbent)).toThrow('candidate is the incumbent')
    expect(() => new ShadowBreaker(incumbent, {} as never)).toThrow('candidate has no tryAcquire')
    expect(() => new ShadowBreaker(incumbent, candidate, { percentage: 101 })).toThrow('percentage is 101')
    expect(() => new ShadowBreaker(incumbent, candidate, { percent: 1 } as object)).toThrow("unknown option 'percent'")
  })
})
