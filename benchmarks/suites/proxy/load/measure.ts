import { setTimeout as wait } from 'node:timers/promises'
import { busyMicroseconds, cpuOf, residentBytes, treeOf } from '../process-tree.ts'
import { Load, type LoadFigures } from './load.ts'
import type { HoldFigures, HoldOrder, RunFigures, RunOrder } from './orders.ts'
import { Streams } from './streams.ts'
import type { Upstream } from './upstream.ts'

/** Of the events sent in a sample; what is on its way at its ends makes the rest. */
const DELIVERED = 0.9
/** Connections at rest, before memory is read: whatever is freed late should be free. */
const REST_MS = 1_500

/** Streams that have just begun deliver unevenly. */
const SETTLE_MS = 300

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

async function measureEvents(order: RunOrder, upstream: Upstream): Promise<RunFigures> {
  const { connections } = order.shape
  const streams = new Streams(order.address, connections)
  try {
    await streams.open()
    await wait(SETTLE_MS)
    return await aroundWork(order, async () => {
      const arrived = streams.events
      const sentBefore = upstream.eventsSent
      const droppedBefore = upstream.eventsDropped
      await wait(order.milliseconds)
      const requests = streams.events - arrived
      const sent = upstream.eventsSent - sentBefore
      const dropped = upstream.eventsDropped - droppedBefore
      const short = dropped > 0 || requests < DELIVERED * sent
      const shortfall = short ? [`${requests} of ${sent + dropped} events delivered`] : []
      return { requests, faults: [...streams.faults, ...shortfall], p50: 0, p99: 0 }
    })
  } finally {
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
