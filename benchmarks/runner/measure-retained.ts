import { createHook } from 'node:async_hooks'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { RetainedCase } from './suite.ts'

/** What a process keeps of some work after a full collection, and what the work and the rest after it cost. */
export interface Retained {
  /** Per item: used heap and the contents of `ArrayBuffer`s. */
  readonly bytes: number
  readonly items: number
  /** Timers alive afterwards, also those that do not hold the process. */
  readonly timers: number
  /** Share of one core that was used while nothing was asked, 0 to 1. */
  readonly idleCpu: number
  /** Collections while the work ran, and how long they took in milliseconds. */
  readonly collections: number
  readonly collectionMs: number
}

/** Bytes in use after everything unreachable has gone. */
async function bytesInUse(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  // Finalizers and weak callbacks run on a later turn, and free more; twice without a change is the end.
  for (let same = 0, round = 0; same < 2 && round < 12; round++) {
    globalThis.gc?.()
    await turn()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const now = heapUsed + arrayBuffers
    same = now >= least - 1024 ? same + 1 : 0
    least = Math.min(least, now)
  }
  return least
}

async function idleShare(idleMs: number): Promise<number> {
  if (idleMs === 0) return 0
  const begin = performance.now()
  const before = process.cpuUsage()
  await sleep(idleMs)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / (performance.now() - begin)
}

/**
 * Measures a case of kind `retained`.
 * @param quick a shorter rest and at most two repeats
 * @throws {Error} without --expose-gc
 */
export async function measureRetained<Subject, Input>(
  benchmark: RetainedCase<Subject, Input>,
  subject: Subject,
  quick = false,
): Promise<Retained> {
  if (globalThis.gc === undefined) throw new Error('what is retained can be measured only with --expose-gc')
  const { items, idleMs = 0 } = benchmark
  const repeats = Math.min(benchmark.repeats ?? 1, quick ? 2 : 99)
  const work = await benchmark.prepare(subject, benchmark.inputs())
  const timers = new Set<number>()
  const watch = createHook({
    init(id, type) {
      if (type === 'Timeout') timers.add(id)
    },
    destroy: (id) => void timers.delete(id),
  })
  const pauses: { readonly at: number; readonly ms: number }[] = []
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) pauses.push({ at: startTime, ms: duration })
  })

  // Following every promise costs more than what is measured; only cases that rest afterwards are about timers.
  if (idleMs > 0) watch.enable()
  observer.observe({ entryTypes: ['gc'] })
  const kept: unknown[] = []
  const spans: { readonly begin: number; readonly end: number; readonly grown: number }[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const before = await bytesInUse()
    const begin = performance.now()
    kept[0] = await work()
    const end = performance.now()
    spans.push({ begin, end, grown: (await bytesInUse()) - before })
  }
  observer.disconnect()
  const alive = timers.size
  watch.disable()
  const idleCpu = await idleShare(quick ? idleMs / 4 : idleMs)
  const least = spans.reduce((best, span) => (span.grown < best.grown ? span : best))
  const during = pauses.filter(({ at }) => at >= least.begin && at <= least.end)
  // Read after the last measurement, so that nothing of it can be collected before.
  if (kept[0] === undefined) throw new Error(`case ${benchmark.name}: the work returned nothing to keep`)
  return {
    bytes: Math.max(0, least.grown) / items,
    items,
    timers: alive,
    idleCpu,
    collections: during.length,
    collectionMs: during.reduce((sum, { ms }) => sum + ms, 0),
  }
}
