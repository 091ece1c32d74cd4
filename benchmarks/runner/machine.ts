import { execFileSync } from 'node:child_process'
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { nodeFlags } from './node-flags.ts'

/** What one must know to judge a figure. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly os: string
  readonly arch: string
  readonly node: string
  readonly v8: string
  /** Load average of the last minute when the run began; 0 where the system has none. */
  readonly load: number
}

export interface Revision {
  readonly commit: string
  /** Files differ from that commit. */
  readonly dirty: boolean
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    arch: arch(),
    node: process.version,
    v8: process.versions.v8,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

/** Flags of the contenders' processes. */
export function describeFlags(): { readonly timing: readonly string[]; readonly bytes: readonly string[] } {
  return { timing: nodeFlags('nanoseconds'), bytes: nodeFlags('bytes') }
}

function git(folder: string, args: readonly string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
}

/** @returns null outside a git work tree or without git */
export function describeRevision(folder: string): Revision | null {
  try {
    return { commit: git(folder, ['rev-parse', 'HEAD']), dirty: git(folder, ['status', '--porcelain']) !== '' }
  } catch {
    return null
  }
}
