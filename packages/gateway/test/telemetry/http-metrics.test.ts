import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DURATION_BOUNDS, DurationHistogram } from '../../src/telemetry/histogram.ts'
import { ActiveRequests, HttpMetrics, METHOD_LABELS, RouteMetrics } from '../../src/telemetry/http-metrics.ts'
import { requestContext } from '../pipeline/support/request-context.ts'

describe('DurationHistogram', () => {
  it('counts like a filter over all observations', () => {
    const duration = fc.oneof(fc.double({ min: 0, max: 20, noNaN: true }), fc.constantFrom(...DURATION_BOUNDS))
    fc.assert(
      fc.property(fc.array(duration), (durations) => {
        const histogram = new DurationHistogram()
        for (const each of durations) histogram.observe(each)
        const naive = [...DURATION_BOUNDS, Number.POSITIVE_INFINITY].map(
          (bound) => durations.filter((d) => d <= bound).length,
        )
        expect(histogram.cumulative()).toEqual(naive)
        expect(histogram.count).toBe(durations.length)
        expect(histogram.sum).toBeCloseTo(durations.reduce((sum, each) => sum + each, 0))
      }),
    )
  })
})

describe('RouteMetrics', () => {
  it('keeps method, status, scheme and version apart', () => {
    const route = new RouteMetrics('/a')
    const request = fc.record({
      method: fc.constantFrom(...METHOD_LABELS.slice(0, -1)),
      status: fc.integer({ min: 0, max: 999 }),
      scheme: fc.constantFrom('http' as const, 'https' as const),
      httpVersion: fc.constantFrom('1.0', '1.1'),
    })
    const expected = new Map<string, number>()
    fc.assert(
      fc.property(request, (each) => {
        route.observe(each, 0.001)
        const key = JSON.stringify([each.method, each.status, each.scheme, each.httpVersion])
        expected.set(key, (expected.get(key) ?? 0) + 1)
      }),
    )
    const counted = new Map(
      Array.from(route.series(), ([labels, { count }]) => [
        JSON.stringify([labels.method, labels.status, labels.scheme, labels.version]),
        count,
      ]),
    )
    expect(counted).toEqual(expected)
  })

  it('files methods it does not know under _OTHER, however many there are', () => {
    const route = new RouteMetrics('/a')
    for (let i = 0; i < 100; i++) {
      route.observe({ method: `X-${i}`, status: 200, scheme: 'http', httpVersion: '1.1' }, 0)
    }
    const series = Array.from(route.series())
    expect(series).toHaveLength(1)
    expect(series[0]?.[0]).toMatchObject({ method: '_OTHER', status: 200 })
  })
})

it('ActiveRequests never goes below zero', () => {
  const active = new ActiveRequests()
  active.begin('GET', 'http')
  active.begin('BREW', 'https')
  expect(active.total()).toBe(2)
  active.end('GET', 'http')
  active.end('GET', 'http')
  expect(active.total()).toBe(1)
  expect(Array.from(active.cells()).find(({ count }) => count === 1)).toEqual({
    method: '_OTHER',
    scheme: 'https',
    count: 1,
  })
})

it('HttpMetrics does not end what it did not begin: a request refused before it reached a handler', () => {
  const http = new HttpMetrics()
  http.begin(requestContext({}))
  http.end(requestContext({ status: 431 }), 0.001)
  expect(http.active.total()).toBe(1)
  expect(Array.from(http.unmatched.series(), ([labels]) => labels.status)).toEqual([431])
})

it('HttpMetrics gives two routes of one pattern the same series', () => {
  const http = new HttpMetrics()
  expect(http.addRoute('/a')).toBe(http.addRoute('/a'))
  expect(Array.from(http.routes(), ({ route }) => route)).toEqual(['(none)', '/a'])
})
