export type { BreakerMetrics, BreakerTotals } from './batched-metrics.ts'
export { CircuitBreaker } from './circuit-breaker.ts'
export { CircularRequestBuffer, type RequestCounts, type RequestRecord } from './circular-buffer.ts'
export type { Clock } from './clock.ts'
export {
  BreakerError,
  type BreakerErrorCode,
  CircuitDestroyedError,
  CircuitOpenError,
  CircuitTimeoutError,
  isBreakerError,
} from './errors.ts'
export type {
  BreakerEventMap,
  BreakerEventName,
  BreakerListener,
  CircuitState,
  FallbackExecutedEvent,
  RequestFailureEvent,
  RequestSuccessEvent,
  StateChangeEvent,
  StateChangeReason,
} from './events.ts'
export type { CallOptions, ProtectedFunction } from './guarded-call.ts'
export type { CircuitBreakerOptions, HalfOpenDecision } from './options.ts'
export type { Outcome } from './outcome-window.ts'
