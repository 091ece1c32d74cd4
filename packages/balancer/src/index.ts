export { LoadBalancer } from './balancer.ts'
export type { Endpoint, EndpointOptions, EndpointUpdate } from './endpoint.ts'
export {
  BalancerError,
  type BalancerErrorCode,
  DuplicateEndpointError,
  NoEndpointError,
  QueueFullError,
  SnapshotError,
} from './errors.ts'
export type { BalancerEvents } from './events.ts'
export type { EndpointExplanation, SessionExplanation } from './explain.ts'
export type { Lease, Outcome, PickReason } from './lease.ts'
export type {
  Clock,
  EjectionOptions,
  LoadBalancerOptions,
  OnUnavailable,
  QueueOptions,
  RetryBudgetOptions,
  SessionOptions,
  SessionTokenOptions,
  SlowStartOptions,
  ZoneOptions,
} from './options.ts'
export type { Refusal } from './refusals.ts'
export type { AcquireRequest, PickRequest } from './request.ts'
export { type KeyedRequest, type KeySource, requestKey } from './request-key.ts'
export type { Attempt, HedgeOptions, RunOptions, Work } from './run.ts'
export type { AutoOptions, Strategy, StrategyName, StrategyOptions } from './selection/strategies.ts'
export type { EndpointStats, SessionCacheStats } from './stats.ts'
export type { BalancerTotals } from './totals.ts'
