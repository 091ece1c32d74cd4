export { PoolableRequestContext } from './context.ts'
export { ContextPool, type PoolMetrics } from './context-pool.ts'
export {
  BodyTooLargeError,
  ClientAbortError,
  HttpEngineError,
  InvalidBodyError,
  ResponseChosenError,
  ResponseRefusedError,
  StateError,
  TargetBusyError,
  type TimeoutPhase,
  UpstreamProtocolError,
  UpstreamTimeoutError,
} from './errors.ts'
export { closeHttpPool, fetchWithPool } from './fetch-pool.ts'
export type {
  ForwardError,
  ForwardOptions,
  ForwardResult,
  ForwardTimeouts,
  HeaderView,
  ReadBodyOptions,
  RequestContext,
  RequestTimestamps,
  ResponseHead,
  ResponseHeaders,
  RouteHandler,
  RouteTable,
  Sink,
  Target,
  TargetOptions,
  TargetStats,
  TargetTlsOptions,
} from './handler.ts'
export type { Http2Limits, ListenerAddress, ListenOptions } from './listening/options.ts'
export type { ServerConfig, ServerLimits, ServerTimeouts } from './options.ts'
export { type Problem, problem } from './problem.ts'
export { type MountedHandlers, Server } from './server.ts'
export type { ClientCertificate } from './tls/client-certificate.ts'
export { type ListenTlsOptions, type TlsCertificate, TlsConfigError } from './tls/options.ts'
export { TurnClock, turnClock } from './turn-clock.ts'
export { type ProbeOptions, probeTarget } from './upstream/probe.ts'
export { createTarget } from './upstream/target.ts'
