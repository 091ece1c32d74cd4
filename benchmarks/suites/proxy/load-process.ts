// The runner's side of the process that sends the load.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pinned } from './cores.ts'
import type { HoldFigures, HoldOrder, Order, Reply, RunFigures, RunOrder, WatchOrder } from './load/orders.ts'

const FILE = fileURLToPath(new URL('load/process.ts', import.meta.url))

export class LoadProcess {
  readonly #child: ChildProcess
  /** Where the service listens. */
  readonly ports: readonly [number, number]

  private constructor(child: ChildProcess, ports: readonly [number, number]) {
    this.#child = child
    this.ports = ports
  }

  static async start(core: number | null): Promise<LoadProcess> {
    const [program = '', ...words] = pinned(
      [process.execPath, '--disable-warning=ExperimentalWarning', FILE, '2'],
      core,
    )
    const child = spawn(program, words, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const reply = await nextReply(child)
    const [first, second] = 'ports' in reply ? reply.ports : []
    if (first === undefined || second === undefined) throw new Error('the load did not start')
    return new LoadProcess(child, [first, second])
  }

  run(order: RunOrder): Promise<RunFigures> {
    return this.#ask<RunFigures>(order)
  }

  hold(order: HoldOrder): Promise<HoldFigures> {
    return this.#ask<HoldFigures>(order)
  }

  /** It ends them when this process disappears. */
  watch(pids: readonly number[]): void {
    const order: WatchOrder = { do: 'watch', pids }
    this.#child.send(order)
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  async #ask<Figures>(order: Order): Promise<Figures> {
    const reply = nextReply(this.#child)
    this.#child.send(order)
    const message = await reply
    if ('error' in message) throw new Error(message.error)
    return ('result' in message ? message.result : undefined) as Figures
  }
}

function nextReply(child: ChildProcess): Promise<Reply> {
  return new Promise((settle, fail) => {
    const forget = (): void => {
      child.off('message', received)
      child.off('exit', ended)
      child.off('error', failed)
    }
    const received = (message: unknown): void => {
      forget()
      settle(message as Reply)
    }
    const ended = (): void => {
      forget()
      fail(new Error('the load ended'))
    }
    const failed = (error: Error): void => {
      forget()
      fail(error)
    }
    child.on('message', received)
    child.on('exit', ended)
    child.on('error', failed)
  })
}
