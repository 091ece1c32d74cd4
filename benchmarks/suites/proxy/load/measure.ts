import { setTimeout as wait } from 'node:timers/promises'
import { busyMicroseconds, cpuOf, residentBytes, treeOf } from '../process-tree.ts'
import { Load, type LoadFigures } from './load.ts'
import type { HoldFigures, HoldOrder, RunFigures, RunOrder } from './orders.ts'
import { Streams } from './streams.ts'
import type { Upstream } from './upstream.ts'

/** Connections at rest, before memory is read: whatever is freed late should be free. */
const REST_MS = 1_500

/** Longer than an event takes, also through a process that has to wait for its turn. */
const QUIET_MS = 150
/** What has not arrived by then is lost. */
const PATIENCE_MS = 5_000

type Work = () => Promise<LoadFigures>

/** CPU of the contender around the work, and what the core did besides. */
async function aroundWork({ pid, cpu }: RunOrder, work: Work): Promise<RunFigures> {
  const pids = treeOf(pid)
  const busy = cpu === null ? 0 : busyMicroseconds(cpu)
  const own = process.cpuUsage()
  const began = performance.now()
  const before = cpuOf(pids)
  const figures = await work()
  const after = cpuOf(pids)
  const wallMs = performance.now() - began
  const { user, system } = process.cpuUsage(own)
  const total = after.total - before.total
  const others = cpu === null ? 0 : Math.max(0, busyMicroseconds(cpu) - busy - total)
  return {
    ...figures,
    total,
    user: after.user - before.user,
    system: after.system - before.system,
    wallMs,
    foreign: others / 1_000 / wallMs,
    load: (user + system) / 1_000 / wallMs,
    residentBytes: residentBytes(pids),
  }
}

async function measureRequests(order: RunOrder): Promise<RunFigures> {
  const load = new Load(order.address, order.shape)
  try {
    await load.open()
    return await aroundWork(order, () => load.run(order.milliseconds))
  } finally {
    load.close()
  }
}

/** Waits until nothing has arrived for a while. */
async function quiet(streams: Streams): Promise<void> {
  for (let last = -1; last !== streams.events; ) {
    last = streams.events
    await wait(QUIET_MS)
  }
}

async function until(condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS
  while (!condition()) {
    if (performance.now() > deadline) return false
    await wait(5)
  }
  return true
}

/**
 * Nothing is under way when a sample begins and when it ends, so every event sent in between has to be counted:
 *
 *    streams open ── pause, quiet ── CPU │ events for so long │ pause, all delivered ── CPU
 */
async function measureEvents(order: RunOrder, upstream: Upstream): Promise<RunFigures> {
  const { connections } = order.shape
  const streams = new Streams(order.address, connections)
  try {
    await streams.open()
    // Streams of the contender before may not have ended yet.
    await until(() => upstream.streams === connections)
    upstream.paused = true
    await quiet(streams)
    return await aroundWork(order, async () => {
      const arrived = streams.events
      const sentBefore = upstream.eventsSent
      const droppedBefore = upstream.eventsDropped
      upstream.paused = false
      await wait(order.milliseconds)
      upstream.paused = true
      const sent = upstream.eventsSent - sentBefore
      const delivered = await until(() => streams.events - arrived >= sent)
      const requests = streams.events - arrived
      const dropped = upstream.eventsDropped - droppedBefore
      const short = dropped > 0 || !delivered ? [`${requests} of ${sent + dropped} events delivered`] : []
      return { requests, faults: [...streams.faults, ...short], p50: 0, p99: 0 }
    })
  } finally {
    upstream.paused = false
    streams.close()
  }
}

export function measureRun(order: RunOrder, upstream: Upstream): Promise<RunFigures> {
  return order.shape.kind === 'events' ? measureEvents(order, upstream) : measureRequests(order)
}

export async function measureHold({ address, pid, connections }: HoldOrder): Promise<HoldFigures> {
  const pids = treeOf(pid)
  const before = residentBytes(pids)
  const load = new Load(address, { kind: 'get', connections })
  try {
    await load.open()
    await wait(REST_MS)
    return { connections, faults: load.faults, before, after: residentBytes(pids) }
  } finally {
    load.close()
  }
}
