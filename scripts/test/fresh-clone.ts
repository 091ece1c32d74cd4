// A stranger's machine, as far as one can be made here: a clone of what is committed, and a shell whose PATH and
// environment carry nothing of the run that started the test.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Shell {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
}

export interface Finished {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The environment of a login shell: no npm_* variables, no folder of a fetched Node or of this clone in PATH. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(npm_|NODE_|VITEST|BREAKWATER_|INIT_CWD$|TEST$|CI$|PNPM_|FORCE_COLOR$)/i.test(name)) env[name] = value
  }
  const folders = (process.env.PATH ?? '').split(delimiter)
  env.PATH = folders.filter((folder) => !/node_modules|_npx/.test(folder)).join(delimiter)
  env.NO_COLOR = '1'
  return env
}

/** A shell in a folder that is already there. */
export function plainShell(folder: string): Shell {
  return { folder, env: plainEnvironment() }
}

/** Clones HEAD of this repository into a temporary folder; the second value removes it. */
export function cloneRepository(): [Shell, () => void] {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-clone-'))
  const cloned = spawnSync('git', ['clone', '--quiet', '--no-hardlinks', root, folder], { encoding: 'utf8' })
  if (cloned.status !== 0 || !existsSync(join(folder, 'package.json')))
    throw new Error(`git clone failed: ${cloned.stderr}`)
  return [plainShell(folder), () => rmSync(folder, { recursive: true, force: true })]
}

/** Runs a command line to its end. */
export function run(shell: Shell, command: string, folder: string = shell.folder): Finished {
  const { status, signal, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: folder,
    env: shell.env,
    encoding: 'utf8',
    timeout: 240_000,
    maxBuffer: 64 << 20,
  })
  return { status, signal, stdout, stderr }
}

/** Starts a command as a shell would: leader of its own process group, so that Ctrl-C can be sent to all of it. */
export class Running {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly exited: Promise<number | null>

  constructor(shell: Shell, command: string, args: readonly string[]) {
    this.child = spawn(command, args, {
      cwd: shell.folder,
      env: shell.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (data) => {
      this.stdout += String(data)
    })
    this.child.stderr?.on('data', (data) => {
      this.stderr += String(data)
    })
    this.exited = new Promise((resolve) => this.child.on('exit', (code) => resolve(code)))
  }

  /** Both streams: the banner goes to stderr when stdout is not a terminal, where the log has stdout for itself. */
  get output(): string {
    return `${this.stdout}\n${this.stderr}`
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the command did not start')
    return this.child.pid
  }

  /** Resolves with the match once the output matches; rejects with everything printed if the command ends first. */
  async waitFor(pattern: RegExp, timeoutMs = 120_000): Promise<RegExpExecArray> {
    const end = performance.now() + timeoutMs
    let over = false
    void this.exited.then(() => {
      over = true
    })
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match
      if (over || performance.now() > end) {
        throw new Error(`${pattern} was not printed\nstdout:\n${this.stdout}\nstderr:\n${this.stderr}`)
      }
      await pause(50)
    }
  }

  /** Ends the whole process group, whatever state it is in. */
  kill(): void {
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {
      // already gone
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** True once nothing of the process is left; false if it still is after the time. */
export async function isGone(pid: number, timeoutMs = 10_000): Promise<boolean> {
  const end = performance.now() + timeoutMs
  while (performance.now() < end) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await pause(50)
  }
  return false
}

/** True once no process has its working directory below the folder (Linux; elsewhere always true). */
export async function noProcessIn(folder: string, timeoutMs = 10_000): Promise<boolean> {
  if (!existsSync('/proc/self/cwd')) return true
  const end = performance.now() + timeoutMs
  while (performance.now() < end) {
    if (!readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && workingDirectory(pid).startsWith(folder))) return true
    await pause(50)
  }
  return false
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // It ended meanwhile.
    return ''
  }
}
