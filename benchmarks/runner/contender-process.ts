// The parent's side of one contender process: start, wait with a time limit, judge the outcome, leave nothing behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Order } from './child.ts'
import { RunFailure } from './errors.ts'
import type { Measured } from './measured.ts'
import { nodeFlags } from './node-flags.ts'

// Stripped types and bytecode of the last start: a process begins in 70 ms instead of 210. It holds no optimized code, so
// every process still warms up by itself.
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/benchmarks', import.meta.url))
const CHILD = fileURLToPath(new URL('child.ts', import.meta.url))
/** Output kept of one process. */
const KEEP = 16_384

/** Ends the process and everything it started: it leads a process group of its own. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // the group is gone, or the platform has none
    child.kill('SIGKILL')
  }
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ')
}

interface Outcome {
  readonly message: { readonly result: unknown } | undefined
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

export class ContenderProcesses {
  readonly #running = new Set<ChildProcess>()

  /** Kills what runs; for Ctrl-C. */
  killAll(): void {
    for (const child of this.#running) killGroup(child)
  }

  /**
   * @param what for messages: `rolling-window / record-only / legacy, nanoseconds`
   * @throws {RunFailure} when the process crashes, exceeds the limit, prints, or ends without a result
   */
  async run(order: Order, timeLimitMs: number, what: string): Promise<unknown> {
    const { message, code, signal, stdout, stderr, timedOut } = await this.#start(order, timeLimitMs)
    const shown = stderr.trim() === '' ? ' (it wrote nothing to stderr)' : `; its stderr:\n${indent(stderr)}`
    if (timedOut) throw new RunFailure(`${what}: did not finish within ${timeLimitMs / 1000} s, killed${shown}`)
    if (message === undefined || code !== 0) {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`
      throw new RunFailure(`${what}: ${code === 0 ? 'ended without a result' : `crashed (${how})`}${shown}`)
    }
    if (stdout !== '') {
      throw new RunFailure(
        `${what}: printed to stdout; a contender that prints measures the terminal:\n${indent(stdout)}`,
      )
    }
    return message.result
  }

  #start(order: Order, timeLimitMs: number): Promise<Outcome> {
    const flags = nodeFlags(order.do === 'answer' ? 'answer' : order.measure)
    const child = spawn(process.execPath, [...flags, CHILD, JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Answers may hold NaN, undefined, Map: what JSON loses, structured cloning keeps.
      serialization: 'advanced',
      detached: process.platform !== 'win32',
      env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0', NODE_COMPILE_CACHE: COMPILE_CACHE },
    })
    this.#running.add(child)
    let stdout = ''
    let stderr = ''
    let message: { readonly result: unknown } | undefined
    let timedOut = false
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(0, KEEP)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEEP)
    })
    child.on('message', (received: { readonly result: unknown }) => {
      message = received
    })
    const limit = setTimeout(() => {
      timedOut = true
      killGroup(child)
    }, timeLimitMs)
    return new Promise((settle, fail) => {
      const done = (): void => {
        clearTimeout(limit)
        this.#running.delete(child)
      }
      child.on('error', (error) => {
        done()
        fail(error)
      })
      // A server that outlives its contender would hold the pipes open, and `close` would never come.
      child.on('exit', () => killGroup(child))
      child.on('close', (code, signal) => {
        done()
        settle({ message, code, signal, stdout, stderr, timedOut })
      })
    })
  }
}

/** @throws {RunFailure} when a figure is not a number of 0 or more */
export function requireFigures(measured: unknown, what: string): Measured {
  const figures = typeof measured === 'object' && measured !== null ? Object.entries(measured) : []
  const bad = figures.find(([, figure]) => !(typeof figure === 'number' && Number.isFinite(figure) && figure >= 0))
  if (figures.length === 0 || bad !== undefined) {
    throw new RunFailure(
      `${what}: no usable figure (${bad === undefined ? String(measured) : `${bad[0]} is ${bad[1]}`})`,
    )
  }
  return measured as Measured
}
