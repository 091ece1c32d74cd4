import { expect, it } from 'vitest'
import { checkConfig } from '../../src/config/load.ts'

const upstreams = (api: object = {}): object => ({ api: { targets: ['http://127.0.0.1:3000'], ...api } })
const routes = (cache: object = {}): object[] => [{ path: '/*', upstream: 'api', cache }]
const warned = (config: object): string[] =>
  checkConfig({ upstreams: upstreams(), routes: routes(), ...config }).warnings.map(({ path }) => path)

it.each<[string[], object]>([
  [['routes[0].cache.ttl'], { routes: routes({ ttl: 30 }) }],
  [['routes[0].cache.ttl'], { routes: routes({ ttl: '30' }) }],
  [['upstreams.api.breaker.resetTimeout'], { upstreams: upstreams({ breaker: { resetTimeout: 30 } }) }],
  [['defaults.pool.keepAlive'], { defaults: { pool: { keepAlive: 60 } } }],
  [['server.shutdown.drain'], { server: { shutdown: { drain: 30 } } }],
  [[], { routes: routes({ ttl: '30ms' }) }],
  [[], { routes: routes({ ttl: 0 }), server: { timeouts: { request: 0 } } }],
  [[], { routes: routes({ ttl: 1000 }), defaults: { timeouts: { connect: 500 }, health: { interval: 500 } } }],
])('regression: a number without a unit was taken for milliseconds without a word: %j in %j', (paths, config) => {
  expect(warned(config)).toEqual(paths)
})

it('says what to write, and keeps a value from the environment to itself', () => {
  const input = { upstreams: upstreams(), routes: routes({ ttl: 30 }) }
  expect(checkConfig(input).warnings).toMatchObject([
    { message: '30 is in milliseconds: a number without a unit always is', fix: 'write 30s, or 30ms if that is meant' },
  ])
  expect(JSON.stringify(checkConfig(input, { written: () => 'reference' }).warnings)).not.toContain('30 ')
})
