// A contender's process: started, answering, stopped by its pid.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pinned } from './cores.ts'

/** A cold start of TypeScript sources on a busy machine; usually it is half a second. */
const START_MS = 20_000
const STOP_MS = 3_000
const LOG_SHOWN = 300

export interface Command {
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** It does not start: the row is left out, with the reason. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

export interface Started {
  readonly pid: number
  /** Resolves when the process has ended. */
  stop(): Promise<void>
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function listens(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
    socket.once('connect', () => socket.destroy())
  })
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function stop(child: ChildProcess): Promise<void> {
  if (ended(child)) return
  const gone = new Promise<void>((settle) => child.once('exit', () => settle()))
  child.kill('SIGTERM')
  const deadline = new AbortController()
  await Promise.race([gone, wait(STOP_MS, undefined, { signal: deadline.signal }).catch(() => {})])
  deadline.abort()
  if (!ended(child)) {
    child.kill('SIGKILL')
    await gone
  }
}

/**
 * Starts a command on a core and waits until it listens. Its output goes to `log` in the folder.
 * @throws {StartError} with what it printed
 */
export async function start(
  { command, env }: Command,
  { folder, port, core }: { readonly folder: string; readonly port: number; readonly core: number | null },
): Promise<Started> {
  const [program = '', ...words] = pinned(command, core)
  const file = join(folder, 'log')
  const log = openSync(file, 'a')
  const child = spawn(program, words, {
    stdio: ['ignore', log, log],
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0', ...env },
  })
  closeSync(log)
  let failure: Error | null = null
  child.once('error', (error) => {
    failure = error
  })
  const deadline = performance.now() + START_MS
  while (failure === null && !ended(child) && performance.now() < deadline) {
    if (child.pid !== undefined && (await listens(port))) return { pid: child.pid, stop: () => stop(child) }
    await wait(25)
  }
  if (failure !== null) throw new StartError(`cannot start ${command[0]}: ${(failure as Error).message}`)
  await stop(child)
  const said = readFileSync(file, 'utf8')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' · ')
  throw new StartError(said === '' ? `${command[0]} does not listen` : said.slice(0, LOG_SHOWN))
}
