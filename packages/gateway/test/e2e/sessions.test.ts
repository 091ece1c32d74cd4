import { expect, it } from 'vitest'
import type { SessionConfig } from '../../src/config/config.ts'
import { send, urlOf } from './support/client.ts'
import { startGateway, upstream } from './support/gateway.ts'
import { type Origin, startOrigin } from './support/origin.ts'

const COOKIE = { kind: 'cookie', name: 'breakwater_sid' } as const
const HEADER = { kind: 'header', name: 'x-session-id' } as const
const sticky = (...from: SessionConfig['from']): { session: SessionConfig } => ({
  session: { from, ttlMs: 60_000, max: 1000 },
})

async function threeOrigins(): Promise<[Origin, Origin, Origin]> {
  return [await startOrigin('a'), await startOrigin('b'), await startOrigin('c')]
}

it('keeps a session on its target by header', async () => {
  const gateway = await startGateway({ upstreams: [upstream('api', await threeOrigins(), sticky(HEADER))] })
  const seen = new Set<string>()
  for (let session = 0; session < 12; session++) {
    const homes = new Set<string>()
    for (let i = 0; i < 4; i++) {
      homes.add((await send(urlOf(gateway), '/', { headers: { 'x-session-id': `s${session}` } })).body)
    }
    expect(homes.size).toBe(1)
    for (const home of homes) seen.add(home)
  }
  expect(seen.size).toBe(3)
  expect(gateway.status().upstreams[0]?.sessions).toBe(12)
})

it('pins nothing and sets nothing for a request without the header', async () => {
  const gateway = await startGateway({ upstreams: [upstream('api', await threeOrigins(), sticky(HEADER))] })
  const answers = [await send(urlOf(gateway), '/'), await send(urlOf(gateway), '/'), await send(urlOf(gateway), '/')]
  expect(new Set(answers.map(({ body }) => body)).size).toBe(3)
  expect(answers.map(({ headers }) => headers['set-cookie'])).toEqual([undefined, undefined, undefined])
  expect(gateway.status().upstreams[0]?.sessions).toBe(0)
})

it('gives a new client a cookie, once, and follows it', async () => {
  const gateway = await startGateway({ upstreams: [upstream('api', await threeOrigins(), sticky(COOKIE))] })
  const first = await send(urlOf(gateway), '/')
  const [cookie = ''] = first.headers['set-cookie'] ?? []
  expect(cookie).toMatch(/^breakwater_sid=[\w-]{22}\.[\w-]{4}; Path=\/; HttpOnly; SameSite=Lax$/)
  const headers = { cookie: `theme=dark; ${cookie.split(';')[0]}` }
  for (let i = 0; i < 5; i++) {
    const next = await send(urlOf(gateway), '/', { headers })
    expect([next.body, next.headers['set-cookie']]).toEqual([first.body, undefined])
  }
})

it('regression: clients without cookies pushed every real session out of the table', async () => {
  const gateway = await startGateway({ upstreams: [upstream('api', await threeOrigins(), sticky(COOKIE))] })
  for (let i = 0; i < 30; i++) await send(urlOf(gateway), '/')
  expect(gateway.status().upstreams[0]?.sessions).toBe(0)
})

it('leads a session that the table lost, or never held, to the target that answered first', async () => {
  const origins = await threeOrigins()
  const gateway = await startGateway({ upstreams: [upstream('api', origins, sticky(COOKIE))] })
  const again = await startGateway({ upstreams: [upstream('api', origins, sticky(COOKIE))] })
  const cookies = new Map<string, string>()
  for (let i = 0; i < 9; i++) {
    const { body, headers } = await send(urlOf(gateway), '/')
    cookies.set(headers['set-cookie']?.[0]?.split(';')[0] ?? '', body)
  }
  expect(cookies.size).toBe(9)
  for (const base of [urlOf(gateway), urlOf(again), urlOf(again)]) {
    for (const [cookie, home] of cookies) expect((await send(base, '/', { headers: { cookie } })).body).toBe(home)
  }
  const [cookie, home] = [...cookies][0] ?? []
  await origins.find(({ name }) => name === home)?.kill()
  const third = await startGateway({ upstreams: [upstream('api', origins, sticky(COOKIE))] })
  const moved = await send(urlOf(third), '/', { headers: { cookie } })
  expect([moved.status, moved.body === home]).toEqual([200, false])
})

it('regression: the session cookie was added to answers that a shared cache may keep', async () => {
  const origin = await startOrigin('a', (request, response) => {
    response.writeHead(200, { 'cache-control': request.url === '/app.js' ? 'public, max-age=60' : 'no-cache' })
    response.end()
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin], sticky(COOKIE))] })
  expect((await send(urlOf(gateway), '/app.js')).headers['set-cookie']).toBeUndefined()
  expect((await send(urlOf(gateway), '/')).headers['set-cookie']).toHaveLength(1)
})

it('sets its cookie beside those of the upstream', async () => {
  const origin = await startOrigin('a', (_, response) => {
    response.writeHead(200, { 'set-cookie': ['theirs=1', 'more=2'] })
    response.end()
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin], sticky(COOKIE))] })
  const cookies = (await send(urlOf(gateway), '/')).headers['set-cookie'] ?? []
  expect(cookies.map((cookie) => cookie.split('=')[0]).sort()).toEqual(['breakwater_sid', 'more', 'theirs'])
})

it('moves a session whose target is gone, and keeps it there', async () => {
  const origins = await threeOrigins()
  const gateway = await startGateway({ upstreams: [upstream('api', origins, sticky(HEADER))] })
  const headers = { 'x-session-id': 's' }
  const home = (await send(urlOf(gateway), '/', { headers })).body
  await origins.find(({ name }) => name === home)?.kill()
  const second = await send(urlOf(gateway), '/', { headers })
  expect(second.status).toBe(200)
  expect(second.body).not.toBe(home)
  for (let i = 0; i < 8; i++) expect((await send(urlOf(gateway), '/', { headers })).status).toBe(200)
})

it('keeps its cookie from the service, and follows one that the service sets under that name', async () => {
  const ours = await startOrigin('a')
  const gateway = await startGateway({ upstreams: [upstream('api', [ours], sticky(COOKIE))] })
  const [cookie = ''] = (await send(urlOf(gateway), '/')).headers['set-cookie']?.[0]?.split(';') ?? []
  await send(urlOf(gateway), '/', { headers: { cookie } })
  await send(urlOf(gateway), '/', { headers: { cookie: `theme=dark; ${cookie}; lang=en` } })
  expect(ours.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined, 'theme=dark; lang=en'])

  const theirs = await startOrigin('b', (_, response) => {
    response.writeHead(200, { 'set-cookie': 'breakwater_sid=theirs' })
    response.end()
  })
  const other = await startGateway({ upstreams: [upstream('api', [theirs], sticky(COOKIE))] })
  expect((await send(urlOf(other), '/')).headers['set-cookie']).toEqual(['breakwater_sid=theirs'])
  await send(urlOf(other), '/', { headers: { cookie: 'breakwater_sid=theirs' } })
  expect(theirs.requests[1]?.headers.cookie).toBe('breakwater_sid=theirs')
})
