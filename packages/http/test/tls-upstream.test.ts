import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { createTarget } from '../src/index.ts'
import { selfSigned } from './self-signed.ts'
import { bodyOf, get, listen, onCleanup, RawClient, startServer, statusOf } from './sockets.ts'

const pair = selfSigned('localhost')

test('an upstream whose certificate is not trusted: 502 with kind connect, nothing sent', async () => {
  let requests = 0
  const upstream = createServer({ ...pair }, (_request, response) => {
    requests++
    response.end()
  })
  upstream.on('tlsClientError', () => {})
  const target = createTarget(`https://localhost:${await listen(upstream)}`)
  onCleanup(() => target.destroy())
  const kinds: string[] = []
  const { port } = await startServer((ctx) =>
    ctx.forward(target, {
      onError: (_ctx, { kind, sent }) => {
        kinds.push(`${kind} ${sent}`)
        return null
      },
    }),
  )
  expect(statusOf(await get(port))).toBe(502)
  expect(kinds).toEqual(['connect none'])
  expect(requests).toBe(0)
})

test('the TLS name is that of the target, whatever Host says, and one connection serves all hosts', async () => {
  const names = new Set<unknown>()
  let connections = 0
  const upstream = createServer({ ...pair }, (request, response) => {
    names.add((request.socket as TLSSocket & { servername?: unknown }).servername)
    response.end(request.headers.host)
  })
  upstream.on('secureConnection', () => connections++)
  const port = await listen(upstream)
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  onCleanup(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  })
  const target = createTarget(`https://localhost:${port}`)
  onCleanup(() => target.destroy())
  const proxy = await startServer((ctx) => ctx.forward(target))
  const client = new RawClient(proxy.port)
  for (const host of ['evil.test', 'other.test', '127.0.0.1']) {
    client.text = ''
    client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    await client.until(new RegExp(`\r\n\r\n${host}$`))
    expect(bodyOf(client.text)).toBe(host)
  }
  expect([...names]).toEqual(['localhost'])
  expect(connections).toBe(1)
})
