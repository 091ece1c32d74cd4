import { createServer, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { closeHttpPool, fetchWithPool } from '../src/index.ts'
import { listen, onCleanup, until } from './sockets.ts'

async function start(handler: RequestListener): Promise<{ url: string; sockets: Set<Socket>; opened: () => number }> {
  const server = createServer(handler)
  server.keepAliveTimeout = 60_000
  const sockets = new Set<Socket>()
  let opened = 0
  server.on('connection', (socket) => {
    opened++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const port = await listen(server)
  onCleanup(closeHttpPool)
  return { url: `http://127.0.0.1:${port}`, sockets, opened: () => opened }
}

test('calls one after the other share connections', async () => {
  const { url, opened } = await start((_request, response) => response.end('ok'))
  for (let i = 0; i < 20; i++) expect(await (await fetchWithPool(url)).text()).toBe('ok')
  // The next call may come before the connection of the last is free again: two take turns.
  expect(opened()).toBeLessThanOrEqual(2)
})

test('at most 100 connections to an origin; the others wait', async () => {
  const waiting: (() => void)[] = []
  const { url, sockets } = await start((_request, response) => {
    waiting.push(() => response.end('ok'))
  })
  const calls = Array.from({ length: 150 }, () => fetchWithPool(url).then((response) => response.text()))
  await until(() => waiting.length === 100)
  expect(sockets.size).toBe(100)
  const release = setInterval(() => {
    for (const answer of waiting.splice(0)) answer()
  }, 1)
  onCleanup(() => clearInterval(release))
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 150 }, () => 'ok'))
  expect(sockets.size).toBeLessThanOrEqual(100)
})

test('regression: a call does not wait behind an open stream', async () => {
  const { url } = await start((request, response) => {
    response.write('begin')
    if (request.url !== '/stream') response.end()
  })
  const stream = await fetchWithPool(`${url}/stream`)
  const calls = Array.from({ length: 40 }, () => fetchWithPool(url).then((response) => response.text()))
  expect(await Promise.all(calls)).toHaveLength(40)
  await stream.body?.cancel()
})

test('method, headers, body and signal as with fetch', async () => {
  const { url } = await start((request, response) => {
    if (request.url === '/never') return
    request.pipe(response.setHeader('x-method', String(request.method)))
  })
  const response = await fetchWithPool(url, { method: 'POST', body: 'text', headers: { 'x-a': 'b' } })
  expect(response.headers.get('x-method')).toBe('POST')
  expect(await response.text()).toBe('text')
  const abort = new AbortController()
  const aborted = fetchWithPool(`${url}/never`, { signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  await expect(fetchWithPool('http://127.0.0.1:1')).rejects.toThrow('fetch failed')
})

test('closing waits for calls under way; the next call opens a new pool', async () => {
  let answer = (): void => {}
  const { url, sockets, opened } = await start((request, response) => {
    if (request.url === '/slow') answer = () => response.end('slow')
    else response.end('ok')
  })
  const slow = fetchWithPool(`${url}/slow`).then((response) => response.text())
  await until(() => opened() === 1)
  const closed = closeHttpPool()
  setTimeout(() => answer(), 20)
  expect(await slow).toBe('slow')
  await closed
  await until(() => sockets.size === 0)
  expect(await (await fetchWithPool(url)).text()).toBe('ok')
  await closeHttpPool()
  await closeHttpPool()
})
