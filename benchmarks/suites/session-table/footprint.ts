// What a table of a million sessions weighs, which the runner cannot see: bytes per session, a full garbage collection,
// and the worst single insert into a full table. `node … footprint.ts SESSIONS CONTENDER` prints one JSON document.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { IdBytes, warm } from './cases.ts'
import { suite } from './suite.bench.ts'

const SAMPLES = 200_000

export interface Footprint {
  readonly contender: string
  readonly sessions: number
  readonly bytesPerSession: number
  readonly fullGcMs: number
  /** Null for a table without a bound. */
  readonly insertMs: { readonly p50: number; readonly p9999: number; readonly worst: number } | null
}

function settle(): number {
  const begun = performance.now()
  globalThis.gc?.()
  const took = performance.now() - begun
  for (let round = 0; round < 3; round++) globalThis.gc?.()
  return took
}

function bytesHeld(): number {
  settle()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function weigh(name: string, sessions: number): Promise<Footprint> {
  const contender = suite.contenders.find((candidate) => candidate.name === name)
  if (contender === undefined) throw new Error(`no contender ${name}`)
  const { createStore } = await contender.load()
  const ids = new IdBytes(sessions, 'k')
  warm(createStore)
  const before = bytesHeld()
  const store = createStore(sessions, 8)
  for (let index = 0; index < sessions; index++) store.route(ids.at(index))
  const bytesPerSession = (bytesHeld() - before) / store.size()
  // Still held, so that they do not count as something the table gave back.
  store.route(ids.at(0))
  const fullGcMs = Math.min(...Array.from({ length: 5 }, settle))
  const bounded = name !== 'legacy-timers'
  return {
    contender: name,
    sessions: store.size(),
    bytesPerSession: Math.round(bytesPerSession * 10) / 10,
    fullGcMs: Math.round(fullGcMs * 100) / 100,
    insertMs: bounded ? timeInserts((sessionId) => store.route(sessionId)) : null,
  }
}

function timeInserts(route: (sessionId: string) => number): Footprint['insertMs'] {
  const fresh = new IdBytes(SAMPLES, 'f')
  const times = new Float64Array(SAMPLES)
  for (let index = 0; index < SAMPLES; index++) {
    const id = fresh.at(index)
    const begun = performance.now()
    route(id)
    times[index] = performance.now() - begun
  }
  times.sort()
  const at = (share: number): number => Math.round((times[Math.floor(share * SAMPLES)] as number) * 1e5) / 1e5
  return { p50: at(0.5), p9999: at(0.9999), worst: at(1 - 1 / SAMPLES) }
}

/** Weighs one contender in a process of its own. */
export function weighApart(contender: string, sessions: number): Footprint {
  // One young generation for all: a design that keeps nothing on the heap would stay at the smallest, and the strings of
  // the ids alone would be collected in the middle of its inserts.
  const heap = ['--max-old-space-size=4096', '--min-semi-space-size=16', '--max-semi-space-size=16']
  const flags = ['--expose-gc', ...heap, '--conditions=@breakwater/source']
  const command = [...flags, fileURLToPath(import.meta.url), String(sessions), contender]
  const { stdout, status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${contender} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Footprint
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [sessions, contender = ''] = process.argv.slice(2)
  console.log(JSON.stringify(await weigh(contender, Number(sessions))))
}
