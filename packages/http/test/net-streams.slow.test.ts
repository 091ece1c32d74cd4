import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { onCleanup, startProxy, until, useEngine } from './sockets.ts'
import type { Command } from './stream-peers.ts'

useEngine('net')

interface Counts {
  readonly count: number
  readonly heads: number
  readonly events: number
}

function startPeer(role: 'origin' | 'clients'): ChildProcess {
  const child = fork(new URL('./stream-peers.ts', import.meta.url), [role])
  onCleanup(() => {
    child.kill()
  })
  return child
}

async function ask(child: ChildProcess, command: Command): Promise<Counts> {
  child.send(command)
  const [answer] = await once(child, 'message')
  return answer as Counts
}

/** Two descriptors of this process per stream. */
function mostStreams(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const soft = Number(report.userLimits?.open_files?.soft)
  return Math.min(10_000, Number.isFinite(soft) ? Math.floor((soft - 1_000) / 2) : 10_000)
}

test('10,000 open event streams: every event reaches every client, and nothing is left when they leave', async () => {
  const streams = mostStreams()
  const origin = startPeer('origin')
  const [{ port }] = (await once(origin, 'message')) as [{ port: number }]
  const clients = startPeer('clients')
  const {
    port: proxyPort,
    server,
    target,
    results,
  } = await startProxy(
    port,
    { timeouts: { idleMs: 0, headersMs: 0 } },
    { limits: { maxConnections: 20_000 } },
    { connections: 20_000 },
  )
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let heads = 0
  for (let opened = 0; opened < streams; opened += 500) {
    const open = Math.min(500, streams - opened)
    await ask(clients, { open, port: proxyPort })
    while (heads < opened + open) heads = (await ask(clients, 'count')).heads
  }
  expect(server.getActiveConnectionCount()).toBe(streams)
  expect(target.stats().active).toBe(streams)
  const perStream = (process.memoryUsage().rss - before) / streams
  expect(perStream).toBeLessThan(40 * 1_024)
  for (let round = 1; round <= 5; round++) {
    await ask(origin, 'event')
    let events = 0
    while (events < round * streams) events = (await ask(clients, 'count')).events
    expect(events).toBe(round * streams)
  }
  await ask(clients, 'destroy')
  await until(() => server.getActiveConnectionCount() === 0, undefined, 30_000)
  await until(() => target.stats().active === 0 && server.getPoolStats().inUse === 0, undefined, 30_000)
  expect(results).toHaveLength(streams)
  let left = streams
  while (left > 0) left = (await ask(origin, 'count')).count
}, 120_000)
