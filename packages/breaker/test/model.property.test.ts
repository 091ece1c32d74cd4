import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CircuitBreaker, type CircuitState, type StateChangeEvent } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

interface Config {
  rate: number | false
  failures: number | undefined
  run: number | undefined
  volume: number
  window: { size: number } | { ms: number; buckets: number }
  wait: number
  probes: number
  early: boolean
  toOpen: number
  maxWait: number
}

/** The semantics written down naively: every result is kept for ever and counted anew at each question. */
class Oracle {
  state: CircuitState = 'closed'
  epoch = 0
  since = 0
  results: { at: number; ok: boolean }[] = []
  probes: boolean[] = []
  taken = 0
  opened = 0
  refused = 0
  readonly config: Config

  constructor(config: Config) {
    this.config = config
  }

  move(to: CircuitState, at: number): void {
    this.state = to
    this.since = at
    this.epoch++
    this.probes = []
    this.taken = 0
    if (to === 'closed') this.results = []
    if (to === 'open') this.opened++
  }

  due(now: number): void {
    if (this.state === 'half_open' && now >= this.since + this.config.maxWait) {
      this.move('open', this.since + this.config.maxWait)
    }
  }

  acquire(now: number): number | undefined {
    this.due(now)
    if (this.state === 'open' && now >= this.since + this.config.wait) this.move('half_open', now)
    const admitted = this.state === 'closed' || (this.state === 'half_open' && this.taken < this.config.probes)
    if (!admitted) this.refused++
    else if (this.state === 'half_open') this.taken++
    return admitted ? this.epoch : undefined
  }

  counted(now: number): { at: number; ok: boolean }[] {
    const { window } = this.config
    if ('size' in window) return this.results.slice(-window.size)
    const bucketMs = window.ms / window.buckets
    return this.results.filter(({ at }) => Math.floor(at / bucketMs) > Math.floor(now / bucketMs) - window.buckets)
  }

  settle(epoch: number, outcome: 'ok' | 'fail' | 'back', now: number): void {
    this.due(now)
    if (epoch !== this.epoch) return
    if (this.state === 'closed') {
      if (outcome === 'back') return
      this.results.push({ at: now, ok: outcome === 'ok' })
      const { rate, failures, run, volume } = this.config
      const counted = this.counted(now)
      const failed = counted.filter(({ ok }) => !ok).length
      const streak = this.results.length - 1 - this.results.findLastIndex(({ ok }) => ok)
      const enough = counted.length >= volume && failed > 0
      const trips =
        (run !== undefined && streak >= run) ||
        (enough && failures !== undefined && failed >= failures) ||
        (enough && rate !== false && (failed / counted.length) * 100 >= rate - 1e-9)
      if (trips) this.move('open', now)
    } else if (this.state === 'half_open') {
      if (outcome === 'back') {
        this.taken--
        return
      }
      this.probes.push(outcome === 'ok')
      const failed = this.probes.filter((ok) => !ok).length
      const complete = this.probes.length === this.config.probes
      if ((complete || this.config.early) && failed >= this.config.toOpen) this.move('open', now)
      else if (complete) this.move('closed', now)
    }
  }

  view(now: number): unknown {
    this.due(now)
    const shown = this.state === 'half_open' ? this.probes : this.counted(now).map(({ ok }) => ok)
    const wait = this.state === 'open' ? Math.max(0, this.since + this.config.wait - now) : 0
    return {
      state: this.state,
      total: shown.length,
      failures: shown.filter((ok) => !ok).length,
      retryAfterMs: wait,
      opens: this.opened,
      rejected: this.refused,
      allowed:
        this.state === 'closed' ||
        (this.state === 'open' && wait === 0) ||
        (this.state === 'half_open' && this.taken < this.config.probes),
    }
  }
}

const config: fc.Arbitrary<Config> = fc
  .record({
    rate: fc.oneof(fc.constant(false as const), fc.constantFrom(1, 25, (1 / 3) * 100, 50, (2 / 3) * 100, 100)),
    failures: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    run: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    volume: fc.integer({ min: 0, max: 4 }),
    window: fc.oneof(
      fc.record({ size: fc.integer({ min: 4, max: 9 }) }),
      fc.record({ ms: fc.constantFrom(40, 100), buckets: fc.constantFrom(1, 4, 5) }),
    ),
    wait: fc.nat(60),
    probes: fc.integer({ min: 1, max: 4 }),
    early: fc.boolean(),
    maxWait: fc.integer({ min: 1, max: 80 }),
  })
  .chain((base) => fc.integer({ min: 1, max: base.probes }).map((toOpen) => ({ ...base, toOpen })))

const operation = fc.oneof(
  { weight: 10, arbitrary: fc.record({ op: fc.constant('acquire' as const) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      op: fc.constant('settle' as const),
      which: fc.nat(20),
      outcome: fc.constantFrom('ok' as const, 'fail' as const, 'fail' as const, 'back' as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat(50) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('force' as const),
      to: fc.constantFrom('open' as const, 'closed' as const, 'half_open' as const),
    }),
  },
)

it('the breaker equals a naive oracle over any sequence of operations', () => {
  fc.assert(
    fc.property(config, fc.array(operation, { maxLength: 120 }), (made, operations) => {
      const clock = new FakeClock()
      const breaker = new CircuitBreaker('test', {
        clock,
        failureThresholdPercentage: made.rate,
        ...(made.failures === undefined ? {} : { failureThreshold: made.failures }),
        ...(made.run === undefined ? {} : { consecutiveFailures: made.run }),
        volumeThreshold: made.volume,
        ...('size' in made.window
          ? { countWindowSize: made.window.size }
          : { rollingWindowSize: made.window.ms, rollingWindowBuckets: made.window.buckets }),
        resetTimeout: made.wait,
        halfOpenMaxRequests: made.probes,
        halfOpenDecision: made.early ? 'early' : 'full',
        halfOpenFailuresToOpen: made.toOpen,
        halfOpenMaxWaitMs: made.maxWait,
      })
      const oracle = new Oracle(made)
      const changes: StateChangeEvent[] = []
      breaker.on('state-change', (event) => changes.push(event))
      const inFlight: { permit: number; epoch: number }[] = []
      for (const step of operations) {
        if (step.op === 'advance') clock.advance(step.ms)
        else if (step.op === 'acquire') {
          const permit = breaker.tryAcquire()
          const epoch = oracle.acquire(clock.now())
          expect(permit > 0).toBe(epoch !== undefined)
          if (epoch !== undefined) inFlight.push({ permit, epoch })
        } else if (step.op === 'force') {
          oracle.due(clock.now())
          oracle.move(step.to, clock.now())
          breaker.forceState(step.to)
        } else {
          const [call] = inFlight.splice(step.which % Math.max(1, inFlight.length), 1)
          if (call === undefined) continue
          if (step.outcome === 'ok') breaker.success(call.permit)
          else if (step.outcome === 'fail') breaker.failure(call.permit)
          else breaker.release(call.permit)
          oracle.settle(call.epoch, step.outcome, clock.now())
        }
        const allowed = breaker.isAllowingRequests()
        const { state, recent, retryAfterMs, totals } = breaker.getMetrics()
        const { total, failures } = recent
        const { opens, rejected } = totals
        expect({ state, total, failures, retryAfterMs, opens, rejected, allowed }).toEqual(oracle.view(clock.now()))
      }
      expect(changes).toHaveLength(oracle.epoch)
      for (const [index, { from }] of changes.entries()) expect(from).toBe(changes[index - 1]?.to ?? 'closed')
    }),
    { numRuns: 500 },
  )
})
