import { describe, expect, it } from 'vitest'
import { LoadBalancer } from '../src/index.ts'
import { Moment } from '../src/moment.ts'

/** Moves on by `step` with every reading. */
function ticking(step: number) {
  const clock = {
    step,
    time: 0,
    readings: 0,
    now(): number {
      clock.readings++
      clock.time += clock.step
      return clock.time
    },
  }
  return clock
}

function readingsOf(moment: Moment, clock: { readings: number }, glances: number): number {
  const before = clock.readings
  for (let glance = 0; glance < glances; glance++) moment.glance()
  return clock.readings - before
}

describe('the time of the call in progress', () => {
  it('reads every 33rd time in a tight loop, after 16 that were fast', () => {
    const clock = ticking(0.001)
    const moment = new Moment(clock, true)
    expect(readingsOf(moment, clock, 16)).toBe(16)
    expect(readingsOf(moment, clock, 32)).toBe(0)
    expect(readingsOf(moment, clock, 33)).toBe(1)
    expect(readingsOf(moment, clock, 330)).toBe(10)
  })

  it('begins again after a return to the event loop, and after an exact reading', async () => {
    const clock = ticking(0.001)
    const moment = new Moment(clock, true)
    readingsOf(moment, clock, 20)
    await Promise.resolve()
    expect(readingsOf(moment, clock, 16)).toBe(16)
    expect(readingsOf(moment, clock, 1)).toBe(0)
    moment.read()
    expect(readingsOf(moment, clock, 16)).toBe(16)
  })

  it('reads every time when calls are slow, when time stands still and when the clock was given', () => {
    for (const [step, coarse] of [
      [0.003, true],
      [0, true],
      [-1, true],
      [Number.NaN, true],
      [0.001, false],
    ] as const) {
      const clock = ticking(step)
      expect(readingsOf(new Moment(clock, coarse), clock, 500)).toBe(500)
    }
  })

  it('takes no more than one reading of an injected clock per select, and sees its every step', () => {
    const clock = { time: 0, now: () => clock.time }
    const balancer = new LoadBalancer(
      [
        { id: 'a', value: 1 },
        { id: 'b', value: 2 },
      ],
      {
        strategy: 'round-robin',
        session: { ttlMs: 1000, max: 10 },
        clock,
      },
    )
    const home = balancer.select({ sessionId: 's' })
    for (let call = 0; call < 200; call++) expect(balancer.select({ sessionId: 's' })).toBe(home)
    clock.time = 5000
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('expired')
  })

  it('the end of a pause is seen in the same synchronous run', () => {
    const balancer = new LoadBalancer(
      [
        { id: 'a', value: 1 },
        { id: 'b', value: 2 },
      ],
      { strategy: 'round-robin' },
    )
    const lease = balancer.pick()
    lease?.done('rate-limited', 20)
    const cooling = lease?.endpoint
    const until = performance.now() + 2000
    let back = false
    while (!back && performance.now() < until) back = balancer.select() === cooling
    expect(back).toBe(true)
  })
})
