import { BatchedMetrics } from './batched-metrics.ts'
import { Calls } from './calls.ts'
import { CountWindow } from './count-window.ts'
import type { CircuitBreakerOptions } from './options.ts'
import type { StoredWindow } from './outcome-window.ts'
import { PermitSequence } from './permit-sequence.ts'
import { Recorder } from './recorder.ts'
import { readOptions, type Settings } from './settings.ts'
import { SlowInFlight } from './slow-in-flight.ts'
import { StateMachine } from './states.ts'
import { TimeWindow } from './time-window.ts'
import { wheelOf } from './timer-wheel.ts'
import { WatchedCalls } from './watched-calls.ts'

/** What a breaker is made of. */
interface Parts {
  readonly settings: Settings
  readonly machine: StateMachine
  readonly metrics: BatchedMetrics
  readonly recorder: Recorder
  readonly calls: Calls
  readonly window: StoredWindow
  readonly permits: PermitSequence
  /** Instead of the sequence, when calls in flight are counted or watched: `maxConcurrent`, `slowCallsInFlight`. */
  readonly watched: WatchedCalls | undefined
}

/**
 * Puts a breaker together.
 *
 * ```
 *   permits ──► machine ◄── recorder ◄── calls          who knows whom; the machine tells of transitions
 *                  │           └──► metrics, events     through a listener and knows none of them
 *               window
 * ```
 */
export function assemble(name: string, options: CircuitBreakerOptions): Parts {
  const settings = readOptions(options)
  const { clock, countWindowSize, windowMs } = settings
  const now = clock.now()
  const window: StoredWindow =
    countWindowSize > 0
      ? new CountWindow(countWindowSize, windowMs)
      : new TimeWindow(settings.windowBucketMs, settings.windowBuckets, now)
  const metrics = new BatchedMetrics(settings.metricsFlushMs, now)
  const overdue = settings.slowCallsInFlight ? new SlowInFlight(settings.slowCallMs) : undefined
  const limited = settings.maxConcurrent < Number.POSITIVE_INFINITY
  const watched = limited || overdue !== undefined ? new WatchedCalls(overdue) : undefined
  const permits = new PermitSequence()
  const machine: StateMachine = new StateMachine(settings, window, overdue, {
    onGeneration: () => {
      permits.outdate()
      watched?.outdate()
      calls.forget()
    },
    onTransition: (from, to, reason, at) => {
      if (to === 'open') metrics.open()
      recorder.events?.emit('state-change', { name, from, to, reason, at })
      calls.serveWaiting()
    },
    onThreshold: (reason, at) => {
      metrics.threshold()
      recorder.events?.emit('threshold-reached', { name, reason, at })
    },
    onBatch: (successes) => metrics.successes(successes),
  })
  const recorder = new Recorder(name, machine, metrics, settings)
  const calls = new Calls(settings, recorder, {
    recorder,
    clock,
    wheel: wheelOf(clock),
    watched: overdue === undefined ? undefined : watched,
  })
  return { settings, machine, metrics, recorder, calls, window, permits, watched }
}
