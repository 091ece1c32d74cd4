export { AdaptiveLimit, type AdaptiveLimitOptions } from './adaptive-limit.ts'
export { AdaptiveThrottle, type AdaptiveThrottleOptions } from './adaptive-throttle.ts'
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
export { PermitChain } from './permit-chain.ts'
export { type PermitSource, runWithPermit } from './permit-source.ts'
export { BreakerRegistry, type KeyMetrics, type RegistryTotals } from './registry.ts'
export type { BreakerRegistryOptions } from './registry-options.ts'
export { type RetryOptions, retry } from './retry.ts'
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts'
export { SharedCircuit, type SharedCircuitOptions } from './shared-circuit.ts'
export { MemoryStateStore, type SharedReport, type SharedStateStore } from './shared-state.ts'
