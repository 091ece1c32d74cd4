import { describe, expect, it } from 'vitest'
import { send, urlOf } from './support/client.ts'
import { route, startGateway, upstream } from './support/gateway.ts'
import { startOrigin } from './support/origin.ts'

// A front door that lets `/public` through and guards `/admin`: whatever path a client invents, the upstream must see
// the path that was routed, or nothing (T6).
const REFUSED = [
  '/public/../admin',
  '/public/..',
  '/..',
  '/./admin',
  '/public/.',
  '/public/./x',
  '//admin',
  '/public//x',
  '/public/x//',
  '///admin',
  '/public/..;/admin',
  '/public;a=b/x',
  '/public/x;',
  '/public\\..\\admin',
  '/public/\\admin',
  '/public%2f..%2fadmin',
  '/public/%2Fadmin',
  '/public%5c..%5cadmin',
  '/public/%5Cadmin',
  '/public/%2e%2e/admin',
  '/public/%2E%2E/admin',
  '/public/.%2e/admin',
  '/public/%2e./admin',
  '/public/%2e',
  '/public/x%00',
  '/public/x%00.png',
  '/public/x%0d%0ahost:y',
  '/public/x%0A',
  '/public/x%7F',
  '/public/%',
  '/public/%2',
  '/public/%zz',
  '/public/%c0%af..',
  '/public/%c0%ae%c0%ae/admin',
  '/public/%e0%80%ae',
  '/public/%ff',
]

const FORWARDED: readonly (readonly [sent: string, seen: string])[] = [
  ['/public', '/public'],
  ['/public/', '/public/'],
  ['/public/x', '/public/x'],
  ['/public/.well-known', '/public/.well-known'],
  ['/public/...', '/public/...'],
  ['/public/..x', '/public/..x'],
  ['/public/a%20b', '/public/a%20b'],
  ['/public/%C3%A9', '/public/%C3%A9'],
  ['/public/%c3%a9', '/public/%C3%A9'],
  ['/public/100%25', '/public/100%25'],
  ['/public/%252e%252e/x', '/public/%252e%252e/x'],
  ['/public/%3Fa', '/public/%3Fa'],
  ['/public/a?b=../../x//;%2f%00', '/public/a?b=../../x//;%2f%00'],
  ['/%70ublic/x', '/public/x'],
  ['/%61dmin', '/admin'],
  ['/admi%6E/x?q=%6E', '/admin/x?q=%6E'],
]

describe('what is routed is what is forwarded', () => {
  it('or nothing is', async () => {
    const [open, guarded] = [await startOrigin('open'), await startOrigin('guarded')]
    const gateway = await startGateway({
      upstreams: [upstream('open', [open]), upstream('guarded', [guarded])],
      routes: [route('/public/*', 'open'), route('/admin/*', 'guarded')],
    })
    for (const path of REFUSED) {
      const { status, headers } = await send(urlOf(gateway), path)
      expect([path, status, headers['content-type']]).toEqual([path, 400, 'application/problem+json'])
    }
    expect([...open.requests, ...guarded.requests]).toEqual([])
  })

  it.each(FORWARDED)('%s as %s', async (sent, seen) => {
    const [open, guarded] = [await startOrigin('open'), await startOrigin('guarded')]
    const gateway = await startGateway({
      upstreams: [upstream('open', [open]), upstream('guarded', [guarded])],
      routes: [route('/public/*', 'open'), route('/admin/*', 'guarded')],
    })
    const { status, body } = await send(urlOf(gateway), sent)
    expect([status, body]).toEqual([200, seen.startsWith('/admin') ? 'guarded' : 'open'])
    expect([...open.requests, ...guarded.requests].map(({ url }) => url)).toEqual([seen])
  })
})
