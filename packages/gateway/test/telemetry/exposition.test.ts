import { expect, it } from 'vitest'
import { Exposition, type MetricsSources, withoutUnsampled } from '../../src/telemetry/exposition.ts'
import { HttpMetrics } from '../../src/telemetry/http-metrics.ts'

const POOL = { size: 10, available: 9, inUse: 1, hits: 4, misses: 2, totalAcquired: 6 }

function sources(overrides: Partial<MetricsSources> = {}): MetricsSources {
  return { http: new HttpMetrics(), upstreams: new Map(), caches: [], contextPool: () => POOL, ...overrides }
}

const linesOf = async (exposition: Exposition, name: string): Promise<string[]> =>
  (await exposition.text()).split('\n').filter((line) => line.startsWith(name))

it('writes buckets as running totals, with sum and count', async () => {
  const http = new HttpMetrics()
  const route = http.addRoute('/a/:id')
  for (const seconds of [0.001, 0.005, 0.06, 20]) {
    route.observe({ method: 'GET', status: 200, scheme: 'https', httpVersion: '2.0' }, seconds)
  }
  const exposition = new Exposition(sources({ http }))
  const labels =
    'http_request_method="GET",http_route="/a/:id",http_response_status_code="200",url_scheme="https",network_protocol_version="2"'
  const lines = await linesOf(exposition, 'http_server_request_duration_seconds')
  expect(lines).toContain(`http_server_request_duration_seconds_bucket{${labels},le="0.005"} 2`)
  expect(lines).toContain(`http_server_request_duration_seconds_bucket{${labels},le="0.075"} 3`)
  expect(lines).toContain(`http_server_request_duration_seconds_bucket{${labels},le="10"} 3`)
  expect(lines).toContain(`http_server_request_duration_seconds_bucket{${labels},le="+Inf"} 4`)
  expect(lines).toContain(`http_server_request_duration_seconds_sum{${labels}} 20.066`)
  expect(lines).toContain(`http_server_request_duration_seconds_count{${labels}} 4`)
})

it('describes every metric once', async () => {
  const text = await new Exposition(sources()).text()
  const described = text.split('\n').filter((line) => line.startsWith('# TYPE '))
  expect(new Set(described).size).toBe(described.length)
  expect(described).toContain('# TYPE http_server_request_duration_seconds histogram')
  expect(described).toContain('# TYPE breakwater_upstream_attempts_total counter')
  expect(described).toContain('# TYPE breakwater_circuit_breaker_state gauge')
})

it('reads the caches and the context pool when it is asked', async () => {
  const cache = {
    name: '/c/*',
    requests: { hit: 1, miss: 2, stale: 0, bypass: 3 },
    entries: 5,
    bytes: 600,
    evictions: 7,
  }
  const exposition = new Exposition(sources({ caches: [cache] }))
  cache.requests.hit = 9
  expect(await linesOf(exposition, 'breakwater_cache_')).toEqual([
    'breakwater_cache_requests_total{cache="/c/*",result="hit"} 9',
    'breakwater_cache_requests_total{cache="/c/*",result="miss"} 2',
    'breakwater_cache_requests_total{cache="/c/*",result="stale"} 0',
    'breakwater_cache_requests_total{cache="/c/*",result="bypass"} 3',
    'breakwater_cache_entries{cache="/c/*"} 5',
    'breakwater_cache_bytes{cache="/c/*"} 600',
    'breakwater_cache_evictions_total{cache="/c/*"} 7',
  ])
  expect(await linesOf(exposition, 'breakwater_context_pool_')).toEqual([
    'breakwater_context_pool_available 9',
    'breakwater_context_pool_in_use 1',
    'breakwater_context_pool_hits_total 4',
    'breakwater_context_pool_misses_total 2',
  ])
})

it('shares the metrics of the process between gateways', async () => {
  for (let i = 0; i < 3; i++) {
    expect(await linesOf(new Exposition(sources()), 'process_cpu_seconds_total ')).toHaveLength(1)
  }
})

it('regression: showed the delays of an event loop that was not sampled yet', () => {
  const gauge = (name: string, value: string): string =>
    `# HELP nodejs_eventloop_lag_${name} Lag.\n# TYPE nodejs_eventloop_lag_${name} gauge\nnodejs_eventloop_lag_${name} ${value}\n`
  const text = [
    gauge('seconds', '0.001'),
    gauge('min_seconds', '9223372036.854776'),
    gauge('mean_seconds', 'Nan'),
    gauge('p99_seconds', '0'),
    'nodejs_active_handles_total 1\n',
  ].join('\n')
  const left = withoutUnsampled(text)
  expect(left).toContain(gauge('seconds', '0.001'))
  expect(left).toContain('nodejs_active_handles_total 1')
  expect(left).not.toMatch(/_(min|mean|p99)_seconds/)
  const sampled = text.replace('Nan', '0.0101')
  expect(withoutUnsampled(sampled)).toBe(sampled)
})

it('shows requests under way for methods and schemes that were seen', async () => {
  const http = new HttpMetrics()
  http.active.begin('GET', 'http')
  http.active.end('GET', 'http')
  expect(await linesOf(new Exposition(sources({ http })), 'http_server_active_requests')).toEqual([
    'http_server_active_requests{http_request_method="GET",url_scheme="http"} 0',
  ])
})
