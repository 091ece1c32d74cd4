// The order of a run. Every contender of a scenario is running before the first is measured; then
//
//   warm-up   A B C            each until its code is compiled
//   round 1   A B C            round 2   B C A            round 3   C A B
//
// so that what is compared ran within seconds, on the same core, beside the same idle neighbours.
import { rotate } from '../../runner/interleave.ts'
import { type Answer, askAll, wrongAnswer } from './answers.ts'
import type { Contender } from './contender.ts'
import type { LoadShape } from './load/load.ts'
import type { RunFigures } from './load/orders.ts'
import { assembleCase, assembleIdle, type IdleRow, type ProxyCase, type Row } from './result.ts'
import { type Missing, Rig, type Running } from './rig.ts'
import { IDLE, type LoadScenario, SCENARIOS } from './scenarios.ts'

export interface Pace {
  /** One measurement. */
  readonly sampleMs: number
  /** Requests before the first measurement of a process, and before that of a later scenario … */
  readonly firstWarmUp: number
  readonly warmUp: number
  /** … but no longer than this. */
  readonly mostFirstWarmUpMs: number
  readonly mostWarmUpMs: number
  readonly idleConnections: number
}

// 30,000 requests: engine net was at its pace after 15,000, engine node after 20,000.
export const FULL: Pace = {
  sampleMs: 1_000,
  firstWarmUp: 30_000,
  warmUp: 5_000,
  mostFirstWarmUpMs: 6_000,
  mostWarmUpMs: 1_000,
  idleConnections: IDLE.connections,
}
/** Shows that everything runs. */
export const QUICK: Pace = {
  sampleMs: 250,
  firstWarmUp: 5_000,
  warmUp: 500,
  mostFirstWarmUpMs: 1_000,
  mostWarmUpMs: 200,
  idleConnections: 1_000,
}
/** Requests are counted after each such piece of a warm-up. */
const WARM_UP_PIECE_MS = 200

export interface RunOptions {
  readonly rounds: number
  readonly pace: Pace
  readonly signal: AbortSignal
  readonly say: (text: string) => void
  readonly scenarios?: readonly LoadScenario[]
}

const IDLE_WARM_UP: LoadShape = { kind: 'get', connections: 64 }

class SuiteRun {
  readonly #rig: Rig
  readonly #options: RunOptions
  readonly #warm = new Set<string>()

  constructor(rig: Rig, options: RunOptions) {
    this.#rig = rig
    this.#options = options
  }

  async scenario(scenario: LoadScenario): Promise<ProxyCase> {
    const { rounds, signal, say } = this.#options
    say(`${scenario.name}: starting and checking ${scenario.contenders.length} contenders`)
    const rows = await this.#prepare(scenario)
    const ready = rows.filter((row) => row.running !== null)
    for (const row of ready) await this.#warmUp(row.contender, scenario.shape)
    for (let round = 0; round < rounds; round++) {
      say(`${scenario.name}: round ${round + 1} of ${rounds}`)
      for (const row of rotate(ready, round)) {
        signal.throwIfAborted()
        row.rounds.push(await this.#run(row.contender, scenario.shape, this.#options.pace.sampleMs))
      }
    }
    return assembleCase(scenario, rows)
  }

  async #prepare({
    contenders,
    shape,
  }: LoadScenario): Promise<(Row & { running: Running | null; rounds: RunFigures[] })[]> {
    const expected: Answer[] = await askAll({ port: this.#rig.load.ports[0] }, shape.kind)
    const rows: (Row & { running: Running | null; rounds: RunFigures[] })[] = []
    for (const contender of contenders) {
      this.#options.signal.throwIfAborted()
      const running: Running | Missing = await this.#rig.ensure(contender)
      if ('missing' in running) {
        rows.push({ contender, rounds: [], running: null, missing: running.missing })
        continue
      }
      const wrong = await wrongAnswer(running.address, shape.kind, expected)
      rows.push(wrong === null ? { contender, rounds: [], running } : { contender, rounds: [], running: null, wrong })
    }
    return rows
  }

  async #warmUp(contender: Contender, shape: LoadShape): Promise<void> {
    this.#options.signal.throwIfAborted()
    const { firstWarmUp, warmUp, mostFirstWarmUpMs, mostWarmUpMs } = this.#options.pace
    const isFirst = !this.#warm.has(contender.name)
    this.#warm.add(contender.name)
    const wanted = isFirst ? firstWarmUp : warmUp
    const deadline = performance.now() + (isFirst ? mostFirstWarmUpMs : mostWarmUpMs)
    for (let done = 0; done < wanted && performance.now() < deadline; ) {
      const { requests, faults } = await this.#run(contender, shape, WARM_UP_PIECE_MS)
      done += requests
      // The rounds will tell.
      if (faults.length > 0) return
    }
  }

  async #run(contender: Contender, shape: LoadShape, milliseconds: number): Promise<RunFigures> {
    const running = await this.#rig.ensure(contender)
    if ('missing' in running) throw new Error(`${contender.name} is gone: ${running.missing}`)
    const cpu = this.#rig.cores.contender
    const { pid, address } = running
    return await this.#rig.load.run({ do: 'run', address, pid, shape, milliseconds, cpu })
  }

  async #stop(name: string): Promise<void> {
    await this.#rig.stop(name)
    this.#warm.delete(name)
  }

  /** Contenders that no later scenario needs end now: fewer neighbours. */
  async retire(done: LoadScenario, later: readonly LoadScenario[]): Promise<void> {
    const needed = new Set(later.flatMap(({ contenders }) => contenders.map(({ name }) => name)))
    for (const { name } of done.contenders) if (!needed.has(name)) await this.#stop(name)
  }

  async idle(): Promise<ProxyCase> {
    const { signal, say, pace } = this.#options
    const rows: IdleRow[] = []
    for (const contender of IDLE.contenders) {
      signal.throwIfAborted()
      say(`${IDLE.name}: ${contender.name}`)
      const running = await this.#rig.ensure(contender)
      if ('missing' in running) {
        rows.push({ contender, missing: running.missing })
        continue
      }
      // Heap that grew for other reasons shall not look like connections.
      await this.#warmUp(contender, IDLE_WARM_UP)
      const { pid, address } = running
      const connections = pace.idleConnections
      rows.push({ contender, figures: await this.#rig.load.hold({ do: 'hold', address, pid, connections }) })
      await this.#stop(contender.name)
    }
    return assembleIdle(rows, pace.idleConnections)
  }
}

/** @returns the figures, and what to know about the circumstances */
export async function measureAll(options: RunOptions): Promise<{ cases: ProxyCase[]; notes: string[] }> {
  const rig = await Rig.open()
  const stop = (): void => void rig.close()
  options.signal.addEventListener('abort', stop, { once: true })
  try {
    options.signal.throwIfAborted()
    const run = new SuiteRun(rig, options)
    const scenarios = options.scenarios ?? SCENARIOS
    const cases: ProxyCase[] = []
    for (const [index, scenario] of scenarios.entries()) {
      cases.push(await run.scenario(scenario))
      await run.retire(scenario, scenarios.slice(index + 1))
    }
    if (options.scenarios === undefined) cases.push(await run.idle())
    const { note, contender, load } = rig.cores
    const where = `contenders on core ${contender}, load and service on core ${load}`
    return { cases, notes: [note ?? where] }
  } finally {
    options.signal.removeEventListener('abort', stop)
    await rig.close()
  }
}
