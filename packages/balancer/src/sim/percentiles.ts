import type { Latency, Percentiles } from './result.ts'

/** Sorts `values` in place. A percentile is the sorted value at index floor(n · q). */
export function describeLatency(values: Float64Array): Latency {
  const count = values.length
  if (count === 0) return { mean: null, p50: null, p90: null, p99: null, p999: null, max: null }
  values.sort()
  let sum = 0
  for (const value of values) sum += value
  const at = (share: number): number => values[Math.min(count - 1, Math.floor(count * share))] as number
  return { mean: sum / count, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) }
}

export function percentilesOf({ p50, p90, p99, p999 }: Percentiles): Percentiles {
  return { p50, p90, p99, p999 }
}

export function ratioOf(own: Percentiles, reference: Percentiles): Percentiles {
  return {
    p50: quotient(own.p50, reference.p50),
    p90: quotient(own.p90, reference.p90),
    p99: quotient(own.p99, reference.p99),
    p999: quotient(own.p999, reference.p999),
  }
}

function quotient(value: number | null, by: number | null): number | null {
  return value === null || by === null || by === 0 ? null : value / by
}
