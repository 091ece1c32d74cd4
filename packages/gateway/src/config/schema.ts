// The structure of a configuration. Objects are strict: a key that does nothing is an error, never ignored.
import { METHODS } from 'node:http'
import { z } from 'zod'
import type { ConfigDraft, RouteDraft, ServerDraft, TuningDraft, UpstreamDraft } from './draft.ts'
import type { AdminInput, ConfigInput, RouteInput, ServerInput, UpstreamInput, UpstreamTuning } from './input.ts'
import * as leaf from './leaves.ts'

const object = z.strictObject

const tlsVersion = z.enum(['TLSv1.2', 'TLSv1.3'])
const authorities = z.union([
  leaf.pem('certificates').transform((one) => [one]),
  z.array(leaf.pem('certificates')).min(1, 'at least one certificate'),
])
const certificate = {
  cert: leaf.pem('a certificate'),
  key: leaf.pem('a private key'),
  passphrase: leaf.text('a text').optional(),
}
const listener = z.union([
  leaf.publicListen().transform((address) => ({ address })),
  object({
    address: leaf.publicListen(),
    tls: object({
      cert: certificate.cert.optional(),
      key: certificate.key.optional(),
      passphrase: certificate.passphrase,
      certificates: z.array(object(certificate)).min(1, 'at least one certificate').optional(),
      minVersion: tlsVersion.optional(),
      clientCertificates: z.enum(['none', 'request', 'require']).optional(),
      clientCa: authorities.optional(),
    }).optional(),
    http2: z.boolean().optional(),
    proxyProtocol: z.boolean().optional(),
  }),
])

export const serverSchema: z.ZodType<ServerDraft, ServerInput> = object({
  listen: z
    .union([
      leaf.publicListen().transform((address) => [{ address }]),
      z.array(listener).min(1, 'at least one address'),
    ])
    .optional(),
  engine: z.enum(['net', 'node']).optional(),
  trustedProxies: z.array(leaf.trustedProxy()).optional(),
  underscores: z.enum(['drop', 'allow', 'reject']).optional(),
  limits: object({
    maxBody: leaf.size().optional(),
    maxHeaders: leaf.integer(1, 2000, 100).optional(),
    maxHeaderBytes: leaf.integer(1024, 1_048_576, 16_384).optional(),
    maxConnections: leaf.integer(1, 1_000_000, 10_000).optional(),
  }).optional(),
  probes: z.union([z.literal(false), object({ prefix: leaf.plainPath('/internal', true).optional() })]).optional(),
  timeouts: object({
    request: leaf.duration('120s').optional(),
    headers: leaf.duration('30s', 1).optional(),
    keepAlive: leaf.duration('60s', 1).optional(),
  }).optional(),
  shutdown: object({ drain: leaf.duration('30s').optional(), preStopDelay: leaf.duration('5s').optional() }).optional(),
})

export const adminSchema: z.ZodType<NonNullable<ConfigDraft['admin']>, AdminInput | false> = z.union([
  z.literal(false),
  object({ listen: leaf.listen('127.0.0.1', '9901').optional() }),
])

const tuning = {
  pool: object({
    connections: leaf.integer(1, 100_000, 100).optional(),
    keepAlive: leaf.duration('60s', 1).optional(),
  }).optional(),
  tls: object({
    ca: authorities.optional(),
    cert: certificate.cert.optional(),
    key: certificate.key.optional(),
    passphrase: certificate.passphrase,
    servername: leaf.text('a host name').min(1, 'a host name').optional(),
    verify: z.boolean().optional(),
    minVersion: tlsVersion.optional(),
  }).optional(),
  timeouts: object({
    connect: leaf.duration('5s', 1).optional(),
    headers: leaf.duration('30s', 1).optional(),
    idle: leaf.duration('60s', 1).optional(),
    total: leaf.duration('5m').optional(),
  }).optional(),
  health: z
    .union([
      z.literal(false),
      object({
        path: leaf.plainPath('/healthz').optional(),
        interval: leaf.duration('10s', 100).optional(),
        timeout: leaf.duration('2s', 1).optional(),
        healthy: leaf.integer(1, 100, 2).optional(),
        unhealthy: leaf.integer(1, 100, 3).optional(),
        status: leaf.statusRange().optional(),
      }),
    ])
    .optional(),
  breaker: z
    .union([
      z.literal(false),
      object({
        consecutiveFailures: leaf.integer(0, 1_000_000, 5).optional(),
        failureThresholdPercentage: leaf.percentage().optional(),
        volumeThreshold: leaf.integer(1, 1_000_000, 10).optional(),
        rollingWindow: leaf.duration('60s', 100).optional(),
        resetTimeout: leaf.duration('30s', 1).optional(),
        halfOpenMaxRequests: leaf.integer(1, 1000, 3).optional(),
      }),
    ])
    .optional(),
  fallback: object({ maxAttempts: leaf.integer(1, 10, 3).optional() }).optional(),
}

export const tuningSchema: z.ZodType<TuningDraft, UpstreamTuning> = object(tuning)

const target = object({
  url: leaf.origin(),
  weight: leaf.weight().optional(),
  id: leaf.text('a name').min(1, 'a name').max(200, 'a name of at most 200 characters').optional(),
})

export const upstreamSchema: z.ZodType<UpstreamDraft, UpstreamInput> = object({
  targets: z
    .array(z.union([leaf.origin().transform((url): z.output<typeof target> => ({ url })), target]))
    .min(1, 'at least one target'),
  strategy: z.enum(['round_robin', 'weighted', 'least_conn', 'random']).optional(),
  session: z
    .union([
      z.literal(false),
      object({
        from: z
          .union([
            leaf.sessionSource().transform((source) => [source]),
            z.array(leaf.sessionSource()).min(1, 'at least one of "cookie:NAME", "header:NAME"'),
          ])
          .optional(),
        ttl: leaf.duration('5h', 1000).optional(),
        max: leaf.integer(1, 1_000_000, 10_000).optional(),
      }),
    ])
    .optional(),
  ...tuning,
})

/** CONNECT is for forward proxies, and Node reports it by an event of its own. */
const methodNames: readonly string[] = METHODS.filter((name) => name !== 'CONNECT')

// Any case is read, upper case is what the enum lists.
const method = z.preprocess(
  (value) => (typeof value === 'string' ? value.toUpperCase() : value),
  z.enum(methodNames, { error: () => 'an HTTP method (GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, …)' }),
) as z.ZodType<string, string>

export const routeSchema: z.ZodType<RouteDraft, RouteInput> = object({
  path: leaf.routePattern(),
  methods: z.union([method.transform((name) => [name]), z.array(method).min(1, 'at least one method')]).optional(),
  upstream: leaf.text('the name of an upstream'),
  stripPrefix: leaf.text('the beginning of the path, such as /api').optional(),
  websocket: z
    .union([
      z.boolean(),
      object({ idle: leaf.duration('5m').optional(), max: leaf.integer(1, 1_000_000, 10_000).optional() }),
    ])
    .optional(),
  cache: z
    .union([
      z.literal(false),
      object({
        ttl: leaf.duration('30s').optional(),
        maxEntries: leaf.integer(1, 1_000_000, 1000).optional(),
        maxBody: leaf.size().optional(),
      }),
    ])
    .optional(),
})

const observability = object({
  log: object({
    level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).optional(),
    format: z.enum(['auto', 'json', 'pretty']).optional(),
    access: z.boolean().optional(),
  }).optional(),
  metrics: z.union([z.literal(false), object({ path: leaf.plainPath('/metrics').optional() })]).optional(),
})

/** Names become metric labels and keys of a plain object: no `__proto__`, no space, nothing to escape. */
const upstreamName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)

export const configSchema: z.ZodType<ConfigDraft, ConfigInput> = object({
  version: z.literal(1).optional(),
  server: serverSchema.optional(),
  admin: adminSchema.optional(),
  defaults: tuningSchema.optional(),
  upstreams: z.record(upstreamName, upstreamSchema),
  routes: z.array(routeSchema).min(1, 'at least one route'),
  observability: observability.optional(),
})
