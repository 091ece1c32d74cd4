import { expect, it } from 'vitest'
import type { HealthConfig } from '../../src/config/config.ts'
import { eventually, send, urlOf } from './support/client.ts'
import { startGateway, upstream } from './support/gateway.ts'
import { answer, startOrigin } from './support/origin.ts'

const HEALTH: HealthConfig = {
  path: '/healthz',
  intervalMs: 20,
  timeoutMs: 1000,
  healthy: 2,
  unhealthy: 2,
  status: { min: 200, max: 299 },
}

it('takes an unhealthy target out and brings it back', async () => {
  const [a, b] = [await startOrigin('a'), await startOrigin('b')]
  const gateway = await startGateway({ upstreams: [upstream('api', [a, b], { health: HEALTH })] })
  const healthOf = (id: string) => gateway.status().upstreams[0]?.targets.find((target) => target.id === id)?.healthy
  expect(healthOf('b')).toBe(true)
  b.health = 503
  await eventually(() => healthOf('b') === false)
  for (let i = 0; i < 10; i++) expect((await send(urlOf(gateway), '/')).body).toBe('a')
  b.health = 204
  await eventually(() => healthOf('b') === true)
  const bodies = new Set([(await send(urlOf(gateway), '/')).body, (await send(urlOf(gateway), '/')).body])
  expect(bodies).toEqual(new Set(['a', 'b']))
  expect(b.requests.every(({ url }) => url === '/')).toBe(true)
})

it('sends requests to all when it has given up on all, but never past an open breaker', async () => {
  const [a, b] = [await startOrigin('a'), await startOrigin('b')]
  a.health = b.health = 500
  const gateway = await startGateway({ upstreams: [upstream('api', [a, b], { health: HEALTH })] })
  await eventually(() => gateway.status().upstreams[0]?.targets.every(({ healthy }) => !healthy) === true)
  const bodies = new Set([(await send(urlOf(gateway), '/')).body, (await send(urlOf(gateway), '/')).body])
  expect(bodies).toEqual(new Set(['a', 'b']))
  a.handler = (_, response) => answer(response, 500, 'broken')
  for (let i = 0; i < 10; i++) await send(urlOf(gateway), '/')
  expect(gateway.status().upstreams[0]?.targets.map(({ breaker }) => breaker)).toEqual(['open', 'closed'])
  for (let i = 0; i < 5; i++) expect((await send(urlOf(gateway), '/')).body).toBe('b')
})

it('stops asking when the gateway stops', async () => {
  const origin = await startOrigin('a')
  const gateway = await startGateway({ upstreams: [upstream('api', [origin], { health: HEALTH })] })
  await eventually(() => origin.checks.length >= 3)
  await gateway.stop()
  const asked = origin.checks.length
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(origin.checks).toHaveLength(asked)
})
