// All processes of a run: the load with the service, and the contenders, each started once and stopped by its pid.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, selfSigned } from './certificate.ts'
import type { Contender } from './contender.ts'
import { type Cores, chooseCores } from './cores.ts'
import type { Address } from './load/client-socket.ts'
import { LoadProcess } from './load-process.ts'
import { freePort, StartError, type Started, start } from './started.ts'

export interface Running {
  readonly pid: number
  readonly address: Address
}

/** It cannot run here. */
export interface Missing {
  readonly missing: string
}

interface Process extends Running {
  readonly started: Started
}

export class Rig {
  readonly cores: Cores
  readonly load: LoadProcess
  readonly #folder: string
  readonly #certificate: Certificate
  readonly #processes = new Map<string, Process>()
  readonly #missing = new Map<string, Missing>()
  #closing: Promise<void> | null = null
  #count = 0

  private constructor(cores: Cores, load: LoadProcess, folder: string) {
    this.cores = cores
    this.load = load
    this.#folder = folder
    this.#certificate = selfSigned('gateway.example')
    writeFileSync(join(folder, 'certificate.pem'), this.#certificate.certificate)
    writeFileSync(join(folder, 'key.pem'), this.#certificate.key, { mode: 0o600 })
  }

  static async open(cores: Cores = chooseCores()): Promise<Rig> {
    const load = await LoadProcess.start(cores.load)
    return new Rig(cores, load, mkdtempSync(join(tmpdir(), 'breakwater-proxy-')))
  }

  /** Starts a contender, or finds it running; the reason when it cannot run is asked for once. */
  async ensure(contender: Contender): Promise<Running | Missing> {
    const known = this.#processes.get(contender.name) ?? this.#missing.get(contender.name)
    if (known !== undefined) return known
    try {
      return await this.#start(contender)
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      return this.#leaveOut(contender, `it did not start: ${error.message}`)
    }
  }

  async #start(contender: Contender): Promise<Running | Missing> {
    const folder = join(this.#folder, `${++this.#count}-${contender.name}`)
    mkdirSync(folder)
    const port = await freePort()
    const command = contender.prepare({
      folder,
      port,
      secondPort: await freePort(),
      upstreams: this.load.ports,
      certificate: join(this.#folder, 'certificate.pem'),
      key: join(this.#folder, 'key.pem'),
    })
    if (typeof command === 'string') return this.#leaveOut(contender, command)
    const started = await start(command, { folder, port, core: this.cores.contender })
    if (this.#closing !== null) {
      await started.stop()
      throw new StartError('the run was stopped')
    }
    const address = contender.tls ? { port, certificate: this.#certificate.certificate } : { port }
    const running: Process = { pid: started.pid, address, started }
    this.#processes.set(contender.name, running)
    this.#watch()
    return running
  }

  #leaveOut({ name }: Contender, missing: string): Missing {
    const reason = { missing }
    this.#missing.set(name, reason)
    return reason
  }

  /** Ends a contender; the next `ensure` starts it anew. */
  async stop(name: string): Promise<void> {
    const running = this.#processes.get(name)
    this.#processes.delete(name)
    await running?.started.stop()
    this.#watch()
  }

  #watch(): void {
    if (this.#closing === null) this.load.watch([...this.#processes.values()].map(({ pid }) => pid))
  }

  /** Ends every process and removes the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll()
    return this.#closing
  }

  async #closeAll(): Promise<void> {
    await Promise.all([...this.#processes.values()].map(({ started }) => started.stop()))
    this.load.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
