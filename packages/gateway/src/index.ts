export type {
  AdminSettings,
  BreakerConfig,
  GatewayConfig,
  HealthConfig,
  ListenAddress,
  ListenerConfig,
  ListenerTls,
  ObservabilitySettings,
  RouteCacheConfig,
  RouteConfig,
  ServerSettings,
  SessionConfig,
  SessionSource,
  TargetConfig,
  UpstreamConfig,
  UpstreamStrategy,
  UpstreamTls,
  WebSocketConfig,
} from './config/config.ts'
export { ConfigError, type ConfigIssue } from './config/config-error.ts'
export type {
  AdminInput,
  BreakerInput,
  ConfigInput,
  Duration,
  FallbackInput,
  HealthInput,
  LimitsInput,
  LogInput,
  ObservabilityInput,
  PoolInput,
  RouteCacheInput,
  RouteInput,
  ServerInput,
  ServerTimeoutsInput,
  SessionInput,
  ShutdownInput,
  Size,
  TargetInput,
  UpstreamInput,
  UpstreamTimeoutsInput,
  UpstreamTuning,
  WebSocketInput,
} from './config/input.ts'
export { loadConfigFile, parseConfig } from './config/load.ts'
export type { ConfigSource } from './config/source.ts'
export type { CertificateInput, ListenerInput, ListenerTlsInput, UpstreamTlsInput } from './config/tls-input.ts'
export { createGateway, defineConfig } from './create-gateway.ts'
export {
  Gateway,
  type GatewayDependencies,
  type GatewayHandler,
  type GatewayState,
  type GatewayStatus,
} from './gateway.ts'
export type { TargetStatus, UpstreamStatus } from './upstream/upstream.ts'
