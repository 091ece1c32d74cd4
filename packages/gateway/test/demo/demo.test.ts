import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Demo } from '../../src/demo/demo.ts'
import type { DemoUpstream } from '../../src/demo/upstream.ts'

let demo: Demo
let a: DemoUpstream
let control = ''
let url = ''

beforeEach(async () => {
  demo = await Demo.start(0)
  const [first] = demo.upstreams
  if (first === undefined) throw new Error('no upstream')
  a = first
  control = `http://127.0.0.1:${demo.control.port}`
  url = `http://127.0.0.1:${a.port}`
})
afterEach(() => demo.stop())

async function text(address: string, init?: RequestInit): Promise<string> {
  return (await fetch(address, init)).text()
}

function post(path: string): Promise<Response> {
  return fetch(`${control}${path}`, { method: 'POST' })
}

describe('a demo upstream', () => {
  it('answers any path and says who it is', async () => {
    const response = await fetch(`${url}/v1/messages?x=1`)
    expect(response.headers.get('x-demo-upstream')).toBe('a')
    expect(await response.json()).toMatchObject({ upstream: 'a', method: 'GET', path: '/v1/messages' })
  })

  it('answers with equal length whoever answers, and whenever', async () => {
    const lengths = new Set<number>()
    for (let round = 0; round < 5; round++) {
      for (const { port } of demo.upstreams) lengths.add((await text(`http://127.0.0.1:${port}/v1/messages`)).length)
    }
    expect(lengths.size).toBe(1)
  })

  it('counts the bytes of a request body', async () => {
    const body = new Uint8Array(300_000)
    expect(await (await fetch(url, { method: 'POST', body })).json()).toMatchObject({
      received: 300_000,
      method: 'POST',
    })
  })

  it('streams lines one by one', async () => {
    const response = await fetch(`${url}/stream?n=3`)
    expect(response.headers.get('transfer-encoding')).toBe('chunked')
    const pieces: string[] = []
    const decoder = new TextDecoder()
    if (response.body === null) throw new Error('no body')
    for await (const piece of response.body) pieces.push(decoder.decode(piece))
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.join('')).toBe('line 1 of 3 from a\nline 2 of 3 from a\nline 3 of 3 from a\n')
  })

  it.each(['0', '1', '65536', '65537', '1000000'])('sends %s bytes', async (count) => {
    const response = await fetch(`${url}/bytes/${count}`)
    expect(response.headers.get('content-length')).toBe(count)
    expect((await response.arrayBuffer()).byteLength).toBe(Number(count))
  })

  it('does not produce what nobody reads', async () => {
    const socket = connect(a.port, '127.0.0.1')
    socket.write('GET /bytes/1073741824 HTTP/1.1\r\nhost: a\r\n\r\n')
    const before = process.memoryUsage().rss
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20)
    socket.destroy()
  })

  it('answers HEAD without a body', async () => {
    for (const path of ['/x', '/bytes/10', '/healthz']) {
      const response = await fetch(`${url}${path}`, { method: 'HEAD' })
      expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0)
      expect(await response.text()).toBe('')
    }
  })
})

describe('the switches', () => {
  it('fail and ok: 500 on everything but the health check', async () => {
    expect((await post('/a/fail')).status).toBe(200)
    expect((await fetch(`${url}/x`)).status).toBe(500)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await post('/a/ok')
    expect((await fetch(`${url}/x`)).status).toBe(200)
  })

  it('slow: not before two seconds', async () => {
    await post('/a/slow')
    await expect(fetch(`${url}/x`, { signal: AbortSignal.timeout(300) })).rejects.toThrow()
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('stop closes the listener and cuts connections, start takes the same port again', async () => {
    const cut = text(`${url}/stream?n=1000`).then(
      () => 'complete',
      () => 'cut',
    )
    await fetch(`${url}/x`)
    await post('/a/stop')
    expect(await cut).toBe('cut')
    await expect(fetch(`${url}/x`)).rejects.toThrow()
    await post('/a/start')
    expect((await fetch(`${url}/x`)).status).toBe(200)
  })

  it('may be thrown twice and in any order', async () => {
    await Promise.all(['/a/stop', '/a/stop', '/a/start', '/a/start', '/a/stop', '/a/start'].map(post))
    expect((await fetch(`${url}/x`)).status).toBe(200)
  })

  it('tell the state, and how they are used', async () => {
    await post('/b/fail')
    await post('/c/stop')
    expect(await text(`${control}/`)).toMatch(
      /^a {2}http:\S+ {2}ok\nb {2}http:\S+ {2}fail\nc {2}http:\S+ {2}stopped\n$/,
    )
    expect((await fetch(`${control}/a/fail`)).status).toBe(405)
    expect((await post('/a/explode')).status).toBe(404)
    expect((await post('/z/fail')).status).toBe(404)
    expect((await fetch(`${control}/a/fail`, { method: 'POST', headers: { origin: 'http://evil' } })).status).toBe(403)
    expect(await text(`${url}/x`)).toContain('"upstream":"a"')
  })

  it('take another port when theirs is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const other = await Demo.start(port)
    expect(other.control.port).not.toBe(port)
    expect([other.control.wasMoved, demo.control.wasMoved]).toEqual([true, false])
    await other.stop()
    taken.close()
  })
})

describe('the configuration of the demo', () => {
  it('heals quickly, checks each second and is sticky by header or cookie', () => {
    const { upstreams, server, admin, routes } = demo.config
    expect(server.listen).toEqual({ host: 'localhost', port: 8080 })
    expect(admin?.listen.port).toBe(9901)
    expect(upstreams.demo?.targets.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(upstreams.demo?.breaker).toMatchObject({ consecutiveFailures: 5, resetTimeoutMs: 5000 })
    expect(upstreams.demo?.health?.intervalMs).toBe(1000)
    expect(upstreams.demo?.session?.from).toHaveLength(2)
    expect(routes[0]?.cache?.ttlMs).toBe(5000)
  })
})
