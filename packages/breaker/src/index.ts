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
  ConcurrencyLimitError,
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
  ThresholdReachedEvent,
} from './events.ts'
export type { CallOptions, ProtectedFunction } from './guarded-call.ts'
export type { BreakerSnapshot } from './hydration.ts'
export type { IsolationHandle } from './isolation.ts'
export type { CircuitBreakerOptions, HalfOpenDecision, ThresholdComparison } from './options.ts'
export type { Outcome, WindowCell } from './outcome-window.ts'
