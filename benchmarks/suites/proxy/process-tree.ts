// What a process and its descendants used and hold: nginx answers in a child of the process that was started.
import { readdirSync, readFileSync } from 'node:fs'
import { parseStat } from '../../runner/measure-cpu.ts'

/** Microseconds since the processes began. */
export interface CpuTimes {
  /** Exact where the kernel keeps schedstat, else in ticks of 10 ms. */
  readonly total: number
  /** In ticks of 10 ms. */
  readonly user: number
  readonly system: number
}

const TICK_US = 10_000
/** Of every kernel that Node 22 runs on, but for some ARM builds with 16 or 64 KiB. */
const PAGE_BYTES = 4_096

function processes(): Map<number, number> {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      parents.set(Number(entry), parseStat(readFileSync(`/proc/${entry}/stat`, 'utf8')).parent)
    } catch {
      // ended between the two calls
    }
  }
  return parents
}

/** The process and all its descendants, itself first. */
export function treeOf(pid: number): number[] {
  const parents = processes()
  const found = [pid]
  // Grows while it is walked: children of children follow.
  for (const member of found) {
    for (const [candidate, parent] of parents) {
      if (parent === member && !found.includes(candidate)) found.push(candidate)
    }
  }
  return found
}

/** First field of `/proc/PID/task/TID/schedstat`: nanoseconds on a CPU. 0 on a kernel without it. */
function scheduledNanoseconds(pid: number): number {
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ', 1)[0])
    } catch {
      // a thread that ended, or no such file in this kernel
    }
  }
  return nanoseconds
}

/** @throws {Error} when a process of the list has ended */
export function cpuOf(pids: readonly number[]): CpuTimes {
  let nanoseconds = 0
  let user = 0
  let system = 0
  for (const pid of pids) {
    nanoseconds += scheduledNanoseconds(pid)
    const times = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    user += times.userTicks * TICK_US
    system += times.systemTicks * TICK_US
  }
  return { total: nanoseconds > 0 ? nanoseconds / 1_000 : user + system, user, system }
}

/** Resident bytes of all of them. Pages that they share count once per process. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, resident] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
    return sum + Number(resident) * PAGE_BYTES
  }, 0)
}

/** Microseconds in which a CPU was busy since boot, with whatever; 0 where the kernel does not say. */
export function busyMicroseconds(cpu: number): number {
  const line = new RegExp(`^cpu${cpu} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1]
  const ticks = (line ?? '').split(' ').map(Number)
  // user nice system idle iowait irq softirq steal
  return [0, 1, 2, 5, 6, 7].reduce((sum, field) => sum + (ticks[field] ?? 0), 0) * TICK_US
}
