// Contenders on one core, the load and the upstream on another: the contender's figure then holds neither's work.
import { readFileSync } from 'node:fs'
import { findProgram } from './programs.ts'

export interface Cores {
  /** The core of the contenders, and that of the load; null: the system decides. */
  readonly contender: number | null
  readonly load: number | null
  /** Why nothing is pinned, or null. */
  readonly note: string | null
}

/** `0-2,5` is 0, 1, 2, 5. */
export function parseCpuList(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((part) => {
      const [first = '', last = first] = part.split('-')
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index)
    })
}

function allowedCpus(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return list === undefined ? [] : parseCpuList(list)
  } catch {
    return []
  }
}

export function chooseCores(
  cpus: readonly number[] = allowedCpus(),
  taskset: string | null = findProgram('taskset'),
): Cores {
  const [contender, load] = cpus
  if (contender === undefined || load === undefined) {
    return { contender: null, load: null, note: 'nothing is pinned: fewer than two cores are available' }
  }
  if (taskset === null) {
    return {
      contender: null,
      load: null,
      note: 'nothing is pinned: taskset is not installed (apt-get install util-linux)',
    }
  }
  return { contender, load, note: null }
}

/** The command as it has to be typed to run on that core only; `taskset` becomes the command, so the pid stays. */
export function pinned(command: readonly string[], core: number | null): readonly string[] {
  return core === null ? command : ['taskset', '-c', String(core), ...command]
}
