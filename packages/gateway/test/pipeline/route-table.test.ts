import { Router } from '@breakwater/router'
import { describe, expect, it } from 'vitest'
import { probeHandlers } from '../../src/pipeline/probes.ts'
import { GatewayRouteTable, type RouteEntry } from '../../src/pipeline/route-table.ts'
import { HttpMetrics } from '../../src/telemetry/http-metrics.ts'
import { requestContext } from './support/request-context.ts'

function table(routes: readonly (readonly [method: string, path: string])[], prefix: string | null = '') {
  const metrics = new HttpMetrics()
  const router = new Router<RouteEntry>()
  for (const [method, path] of routes) {
    const handle: RouteEntry['handle'] = (ctx) => ctx.respond(200, {}, `${method} ${path}`)
    router.register(method, path, { handle, metrics: metrics.addRoute(path), takesTrace: method === 'TRACE' })
  }
  let ready = true
  const routeTable = new GatewayRouteTable(
    router,
    prefix === null ? new Map() : probeHandlers(prefix, () => ready),
    metrics,
  )
  return {
    metrics,
    setReady: (value: boolean) => {
      ready = value
    },
    /** Status and body of the answer, or what the handler forwarded. */
    ask(method: string, path: string) {
      const { handler, params, route } = routeTable.match(method, path)
      const ctx = requestContext({ method, path, route })
      void handler(ctx)
      const [answer] = ctx.answers
      return { status: answer?.status, body: answer?.body, allow: answer?.headers.allow, params, route }
    },
  }
}

describe('GatewayRouteTable', () => {
  it('always has an answer', () => {
    const { ask } = table([
      ['GET', '/a/:id'],
      ['POST', '/a/:id'],
    ])
    expect(ask('GET', '/a/1')).toMatchObject({ status: 200, body: 'GET /a/:id', params: { id: '1' } })
    expect(ask('DELETE', '/a/1')).toMatchObject({ status: 405, allow: 'GET, HEAD, POST' })
    expect(ask('GET', '/b')).toMatchObject({ status: 404 })
    expect(ask('GET', '/a/../b')).toMatchObject({ status: 400 })
    expect(ask('OPTIONS', '*')).toMatchObject({ status: 404 })
  })

  it('gives TRACE to a route that lists it, and to no other', () => {
    const { ask } = table([
      ['*', '/*'],
      ['TRACE', '/trace'],
      ['GET', '/get'],
    ])
    expect(ask('TRACE', '/x')).toMatchObject({ status: 405, allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' })
    expect(ask('TRACE', '/get').status).toBe(405)
    expect(ask('TRACE', '/trace')).toMatchObject({ status: 200, body: 'TRACE /trace' })
  })

  it('routes by the canonical path', () => {
    const { ask } = table([['*', '/admin']])
    expect(ask('GET', '/%61dmi%6E')).toMatchObject({ status: 200, body: '* /admin' })
  })

  it('labels by pattern, and what no route took by nothing', () => {
    const { ask, metrics } = table([['*', '/a/:id']])
    expect(ask('GET', '/a/1').route).toBe(metrics.addRoute('/a/:id'))
    for (const path of ['/b', '/a/..', '/c']) expect(ask('GET', path).route).toBe(metrics.unmatched)
  })

  it('counts every request that gets a handler as begun', () => {
    const { ask, metrics } = table([['*', '/a']])
    for (const path of ['/b', '/livez', '/readyz', '/a/..']) ask('GET', path)
    expect(metrics.active.total()).toBe(4)
  })

  it('lets the probes win over every route, for GET and HEAD', () => {
    const { ask, setReady } = table([['*', '/*']])
    expect(ask('GET', '/livez')).toMatchObject({ status: 200, body: 'ok\n' })
    expect(ask('HEAD', '/readyz')).toMatchObject({ status: 200 })
    expect(ask('POST', '/readyz')).toMatchObject({ status: 405, allow: 'GET, HEAD' })
    setReady(false)
    expect(ask('GET', '/readyz')).toMatchObject({ status: 503, body: 'draining\n' })
    expect(ask('GET', '/livez')).toMatchObject({ status: 200 })
    expect(ask('GET', '/livez/')).toMatchObject({ body: '* /*' })
  })

  it('has no probes when they are off, and none beside their prefix', () => {
    expect(table([['*', '/*']], null).ask('GET', '/livez')).toMatchObject({ body: '* /*' })
    const { ask } = table([['*', '/*']], '/-')
    expect(ask('GET', '/-/livez')).toMatchObject({ body: 'ok\n' })
    expect(ask('GET', '/livez')).toMatchObject({ body: '* /*' })
  })
})
