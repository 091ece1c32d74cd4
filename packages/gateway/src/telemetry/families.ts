// The list of our metrics: name, meaning, labels, and where the number is when somebody scrapes. Labels come from the
// configuration or from fixed lists, never from a request.

import type { PoolMetrics } from '@breakwater/http'
import type { Upstream } from '../upstream/upstream.ts'
import type { UpstreamTarget } from '../upstream/upstream-target.ts'
import type { HttpMetrics } from './http-metrics.ts'
import { PACKAGE_VERSION } from './version.ts'

/** What the gateway shows to a scrape. */
export interface MetricsSources {
  readonly http: HttpMetrics
  readonly upstreams: ReadonlyMap<string, Upstream>
  readonly caches: Iterable<CacheMetrics>
  readonly contextPool: () => PoolMetrics
}

/** What a response cache counts. Read at scrape time. */
interface CacheMetrics {
  /** Pattern of the route that it belongs to. */
  readonly name: string
  readonly requests: Readonly<Record<'hit' | 'miss' | 'stale' | 'bypass', number>>
  readonly entries: number
  readonly bytes: number
  readonly evictions: number
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly labels: readonly string[]
  /** Samples of equal labels are added up: two upstreams may share an origin, two routes a pattern. */
  readonly read: (sources: MetricsSources) => Iterable<Sample>
}

/** The gateway enters only the first three; of the others, what matters to a request is whether it passes. */
const BREAKER_STATES = { closed: 0, half_open: 1, open: 2, isolated: 2, disabled: 0, metrics_only: 0 } as const

export const FAMILIES: readonly Family[] = [
  {
    name: 'http_server_active_requests',
    help: 'Requests under way',
    type: 'gauge',
    labels: ['http_request_method', 'url_scheme'],
    read: function* ({ http }) {
      for (const { method, scheme, count } of http.active.cells()) {
        yield [{ http_request_method: method, url_scheme: scheme }, count]
      }
    },
  },
  {
    name: 'http_client_open_connections',
    help: 'Connections to upstream targets',
    type: 'gauge',
    labels: ['server_address', 'server_port', 'state'],
    read: function* ({ upstreams }) {
      for (const [, target] of targetsOf(upstreams)) {
        const labels = addressLabels(target.url)
        const { idle, active } = target.connections.stats()
        yield [{ ...labels, state: 'idle' }, idle]
        yield [{ ...labels, state: 'active' }, active]
      }
    },
  },
  {
    name: 'breakwater_upstream_attempts_total',
    help: 'Attempts by how they ended',
    type: 'counter',
    labels: ['upstream', 'target', 'outcome'],
    read: function* ({ upstreams }) {
      for (const [upstream, target] of targetsOf(upstreams)) {
        const attempts = Object.entries(target.attempts())
        for (const [outcome, count] of attempts) yield [{ upstream, target: target.id, outcome }, count]
      }
    },
  },
  {
    name: 'breakwater_upstream_fallbacks_total',
    help: 'Attempts on another target after a failed one, by what had failed',
    type: 'counter',
    labels: ['upstream', 'reason'],
    read: function* ({ upstreams }) {
      for (const { name, fallbacks } of upstreams.values()) {
        for (const [reason, count] of Object.entries(fallbacks)) yield [{ upstream: name, reason }, count]
      }
    },
  },
  {
    name: 'breakwater_upstream_healthy',
    help: '1 while the health checks call the target healthy, or none are made',
    type: 'gauge',
    labels: ['upstream', 'target'],
    read: function* ({ upstreams }) {
      for (const [upstream, { id, healthy }] of targetsOf(upstreams)) yield [{ upstream, target: id }, healthy ? 1 : 0]
    },
  },
  {
    name: 'breakwater_health_checks_total',
    help: 'Answers to health checks',
    type: 'counter',
    labels: ['upstream', 'target', 'result'],
    read: function* ({ upstreams }) {
      for (const [upstream, { id, checks }] of targetsOf(upstreams)) {
        yield [{ upstream, target: id, result: 'success' }, checks.success]
        yield [{ upstream, target: id, result: 'failure' }, checks.failure]
      }
    },
  },
  {
    name: 'breakwater_circuit_breaker_state',
    help: '0 closed, 1 half-open, 2 open',
    type: 'gauge',
    labels: ['name'],
    read: function* ({ upstreams }) {
      for (const [upstream, { id, breaker }] of targetsOf(upstreams)) {
        if (breaker !== null) yield [{ name: `${upstream}/${id}` }, BREAKER_STATES[breaker.getState()]]
      }
    },
  },
  {
    name: 'breakwater_circuit_breaker_transitions_total',
    help: 'State changes',
    type: 'counter',
    labels: ['name', 'from', 'to'],
    read: function* ({ upstreams }) {
      for (const { name, transitions } of upstreams.values()) {
        for (const { target, from, to, count } of transitions.values())
          yield [{ name: `${name}/${target}`, from, to }, count]
      }
    },
  },
  {
    name: 'breakwater_circuit_breaker_rejected_total',
    help: 'Requests that the breaker turned away',
    type: 'counter',
    labels: ['name'],
    read: function* ({ upstreams }) {
      for (const [upstream, { id, breaker, rejected }] of targetsOf(upstreams)) {
        if (breaker !== null) yield [{ name: `${upstream}/${id}` }, rejected]
      }
    },
  },
  {
    name: 'breakwater_sessions',
    help: 'Sessions that are pinned to a target',
    type: 'gauge',
    labels: ['upstream'],
    read: function* ({ upstreams }) {
      for (const { name, config, balancer } of upstreams.values()) {
        if (config.session !== null) yield [{ upstream: name }, balancer.getCacheStats().size]
      }
    },
  },
  {
    name: 'breakwater_cache_requests_total',
    help: 'Requests to cached routes, by how the cache served them',
    type: 'counter',
    labels: ['cache', 'result'],
    read: function* ({ caches }) {
      for (const { name, requests } of caches) {
        for (const [result, count] of Object.entries(requests)) yield [{ cache: name, result }, count]
      }
    },
  },
  {
    name: 'breakwater_websocket_connections',
    help: 'Open WebSockets',
    type: 'gauge',
    labels: [],
    read: ({ http }) => [[{}, http.webSockets]],
  },
  cacheFamily('breakwater_cache_entries', 'Responses kept', 'gauge', (cache) => cache.entries),
  cacheFamily('breakwater_cache_bytes', 'Bytes of the responses kept', 'gauge', (cache) => cache.bytes),
  cacheFamily('breakwater_cache_evictions_total', 'Responses dropped for room', 'counter', (cache) => cache.evictions),
  poolFamily('breakwater_context_pool_available', 'Request contexts at rest', 'gauge', (pool) => pool.available),
  poolFamily('breakwater_context_pool_in_use', 'Request contexts in use', 'gauge', (pool) => pool.inUse),
  poolFamily('breakwater_context_pool_hits_total', 'Contexts taken from the pool', 'counter', (pool) => pool.hits),
  poolFamily('breakwater_context_pool_misses_total', 'Contexts made anew', 'counter', (pool) => pool.misses),
  {
    name: 'breakwater_build_info',
    help: 'Always 1; the labels say what is running',
    type: 'gauge',
    labels: ['version', 'node_version'],
    read: () => [[{ version: PACKAGE_VERSION, node_version: process.versions.node }, 1]],
  },
]

function cacheFamily(name: string, help: string, type: Family['type'], value: (cache: CacheMetrics) => number): Family {
  return {
    name,
    help,
    type,
    labels: ['cache'],
    read: function* ({ caches }) {
      for (const cache of caches) yield [{ cache: cache.name }, value(cache)]
    },
  }
}

function poolFamily(name: string, help: string, type: Family['type'], value: (pool: PoolMetrics) => number): Family {
  return { name, help, type, labels: [], read: ({ contextPool }) => [[{}, value(contextPool())]] }
}

/** OpenTelemetry's names: of a socket file the path, and no port. */
function addressLabels(url: string): { server_address: string; server_port: string } {
  if (url.startsWith('unix:')) return { server_address: url.slice('unix:'.length), server_port: '' }
  const { hostname, port, protocol } = new URL(url)
  return { server_address: hostname, server_port: port || (protocol === 'https:' ? '443' : '80') }
}

function* targetsOf(upstreams: ReadonlyMap<string, Upstream>): Generator<[string, UpstreamTarget]> {
  for (const upstream of upstreams.values()) {
    for (const target of upstream.targets) yield [upstream.name, target]
  }
}
