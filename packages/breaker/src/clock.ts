/**
 * A source of time in milliseconds. It has to be monotonic: a breaker never asks what time of day it is,
 * so a step of the wall clock can neither hold a circuit open nor open its gate early.
 */
export interface Clock {
  now(): number
}

/** `performance.now()`, looked up at each call, so that fake timers installed later are seen. Costs about 40 ns. */
export const monotonicClock: Clock = {
  now(): number {
    return performance.now()
  },
}
