import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** CPU time that another process (with its descendants) spent per request. */
export interface Cpu {
  /** Microseconds per request, user and system together. */
  readonly microseconds: number
  readonly user: number
  readonly system: number
  readonly requests: number
  /** One tick of the kernel's clock divided by the requests: differences below it mean nothing. Microseconds. */
  readonly resolution: number
}

export interface CpuOptions {
  readonly pid: number
  /** Requests between the two readings. */
  readonly requests: number
  /** Requests before the first reading. Default: a quarter of `requests`. */
  readonly warmup?: number
  /** Requests in flight. Default 16. */
  readonly concurrency?: number
  /** Sends one request and resolves when it is answered. @param index counts from 0, through the warm-up too */
  readonly send: (index: number) => Promise<unknown>
}

// USER_HZ is 100 in the interface of every Linux that Node runs on, whatever the kernel's own tick is.
const TICK_US = 10_000

/** Why CPU per request cannot be measured here, or null where it can. */
export function cpuUnavailable(): string | null {
  return existsSync('/proc/self/stat') ? null : 'CPU per request needs /proc (Linux)'
}

interface Times {
  readonly parent: number
  readonly userTicks: number
  readonly systemTicks: number
}

/**
 * Fields of `/proc/PID/stat` (proc_pid_stat(5)). The name in the second field may hold spaces and parentheses, so counting
 * starts behind the last one. Reaped children's times (cutime, cstime) are included: what a child had used moves there
 * when it ends, so the sum over a tree never runs backwards.
 */
export function parseStat(line: string): Times {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  return { parent: field(4), userTicks: field(14) + field(16), systemTicks: field(15) + field(17) }
}

function readAll(): Map<number, Times> {
  const all = new Map<number, Times>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      all.set(Number(entry), parseStat(readFileSync(`/proc/${entry}/stat`, 'utf8')))
    } catch {
      // ended between the two calls
    }
  }
  return all
}

/**
 * CPU time of a process and its living descendants since their start, in microseconds.
 * @throws {Error} when the process does not exist
 */
export function cpuTime(pid: number): { readonly user: number; readonly system: number } {
  const all = readAll()
  if (!all.has(pid)) throw new Error(`process ${pid} is not running`)
  let user = 0
  let system = 0
  for (const [candidate, times] of all) {
    let ancestor = candidate
    // Bounded: a table read while processes come and go could hold a cycle.
    for (let depth = 0; depth < 32 && ancestor !== pid; depth++) ancestor = all.get(ancestor)?.parent ?? 0
    if (ancestor !== pid) continue
    user += times.userTicks * TICK_US
    system += times.systemTicks * TICK_US
  }
  return { user, system }
}

/** Sends `count` requests, `concurrency` at a time; the first failure ends it. */
async function sendAll(options: CpuOptions, from: number, count: number): Promise<void> {
  let next = from
  const worker = async (): Promise<void> => {
    while (next < from + count) await options.send(next++)
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency ?? 16, count) }, worker))
}

/**
 * CPU time of another process per request, from `/proc/PID/stat` before and after a bounded number of requests.
 *
 * Requests per second on a small machine measure whichever process fills its core first; CPU per request does not depend
 * on that. The ratio between two contenders of one round is what holds on another machine.
 *
 * @throws {Error} where `/proc` is missing (ask {@link cpuUnavailable} first), when the process ends, when a request fails
 */
export async function cpuPerRequest(options: CpuOptions): Promise<Cpu> {
  const unavailable = cpuUnavailable()
  if (unavailable !== null) throw new Error(unavailable)
  const { pid, requests, warmup = Math.ceil(requests / 4) } = options
  if (!(Number.isInteger(requests) && requests > 0)) throw new RangeError(`requests must be 1 or more, got ${requests}`)
  await sendAll(options, 0, warmup)
  const before = cpuTime(pid)
  await sendAll(options, warmup, requests)
  const after = cpuTime(pid)
  const user = (after.user - before.user) / requests
  const system = (after.system - before.system) / requests
  return { microseconds: user + system, user, system, requests, resolution: TICK_US / requests }
}
