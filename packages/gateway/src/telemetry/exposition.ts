import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client'
import { FAMILIES, type Family, type MetricsSources } from './families.ts'
import { DURATION_BOUNDS } from './histogram.ts'
import type { HttpMetrics } from './http-metrics.ts'

export type { MetricsSources } from './families.ts'

const DURATION = 'http_server_request_duration_seconds'

/**
 * Prometheus text, made at scrape time: requests touch plain numbers only. prom-client formats and escapes; its own
 * `observe`, 17 times the price of ours, is never called.
 */
export class Exposition {
  readonly #registry = new Registry()

  constructor(sources: MetricsSources) {
    this.#registry.registerMetric(requestDurations(sources.http))
    for (const family of FAMILIES) this.#register(family, sources)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    return `${await this.#registry.metrics()}\n${withoutUnsampled(await processRegistry().metrics())}`
  }

  #register({ name, help, type, labels, read }: Family, sources: MetricsSources): void {
    const options = { name, help, labelNames: [...labels], registers: [this.#registry] }
    if (type === 'gauge') {
      new Gauge({
        ...options,
        collect() {
          this.reset()
          for (const [of, value] of read(sources)) this.inc(of, value)
        },
      })
    } else {
      new Counter({
        ...options,
        collect() {
          this.reset()
          for (const [of, value] of read(sources)) this.inc(of, value)
        },
      })
    }
  }
}

/** prom-client's Histogram has no setter, so the registry is given an object that answers as one would. */
function requestDurations(http: HttpMetrics): Metric {
  const description = {
    name: DURATION,
    help: 'Time from the first byte of a request to the end of its response',
    type: 'histogram',
    aggregator: 'sum',
  }
  const metric = { ...description, get: async () => ({ ...description, values: [...durationSamples(http)] }) }
  return metric as unknown as Metric
}

interface HistogramSample {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

function* durationSamples(http: HttpMetrics): Generator<HistogramSample> {
  for (const route of http.routes()) {
    for (const [series, histogram] of route.series()) {
      const labels = {
        http_request_method: series.method,
        http_route: route.route,
        http_response_status_code: series.status,
        url_scheme: series.scheme,
        network_protocol_version: series.version,
      }
      for (const [index, value] of histogram.cumulative().entries()) {
        yield { metricName: `${DURATION}_bucket`, labels: { ...labels, le: DURATION_BOUNDS[index] ?? '+Inf' }, value }
      }
      yield { metricName: `${DURATION}_sum`, labels, value: histogram.sum }
      yield { metricName: `${DURATION}_count`, labels, value: histogram.count }
    }
  }
}

/** Until the event loop was sampled, its delays are not numbers but the limits of the histogram. */
export function withoutUnsampled(text: string): string {
  if (!/^nodejs_eventloop_lag_mean_seconds nan$/im.test(text)) return text
  const isOfSamples = (line: string): boolean =>
    /^(?:# \w+ )?nodejs_eventloop_lag_(?:min|max|mean|stddev|p\d+)_seconds\b/.test(line)
  return text
    .split('\n')
    .filter((line) => !isOfSamples(line))
    .join('\n')
}

// One per process, made with the first scrape: its observers of garbage collection and event loop cannot be ended, so
// a second gateway, or a test's fiftieth, must not add its own.
let sharedProcessRegistry: Registry | undefined

function processRegistry(): Registry {
  if (sharedProcessRegistry === undefined) {
    sharedProcessRegistry = new Registry()
    collectDefaultMetrics({ register: sharedProcessRegistry })
  }
  return sharedProcessRegistry
}
