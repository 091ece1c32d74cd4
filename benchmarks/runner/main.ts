// The command from the first word to the exit code.
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Writable } from 'node:stream'
import { requireEqualAnswers } from './answers.ts'
import { type Arguments, parseArguments, USAGE } from './arguments.ts'
import { ContenderProcesses, requireFigures } from './contender-process.ts'
import { type FoundSuite, findSuites } from './discover.ts'
import { RunFailure, UsageError } from './errors.ts'
import { findSummary } from './find-summary.ts'
import { interleave, isLoadFree, type Job, type Unavailable } from './interleave.ts'
import { describeFlags, describeMachine, describeRevision } from './machine.ts'
import { cpuUnavailable } from './measure-cpu.ts'
import { Progress, type ProgressStream } from './progress.ts'
import { assembleSuite, type Document, type Sample, type SuiteResult, toJson } from './result.ts'
import { isRigSuite, type RigSuite } from './rig-suite.ts'
import type { AnySuite } from './suite.ts'
import { renderHead, renderSuite } from './table.ts'

export interface Surroundings {
  /** Holds one folder per suite. */
  readonly suitesFolder: string
  /** Where the command was typed. */
  readonly folder: string
  readonly stdout: Pick<Writable, 'write'>
  readonly stderr: ProgressStream
  /** Ends the run and all its processes. */
  readonly signal: AbortSignal
}

// Long enough that the median of a round is steady on a busy machine (some hundred samples of half a millisecond).
const BUDGET_MS = 250
const QUICK_BUDGET_MS = 50
const TIME_LIMIT_MS = 60_000
// Each may fill 64 MiB of young generation; four of them do no harm.
const PARALLEL = Math.min(4, availableParallelism())

/** A suite that the runner measures. */
interface CallSuite {
  readonly suite: AnySuite
  readonly url: string
}

class Run {
  readonly #processes = new ContenderProcesses()
  readonly #progress: Progress
  readonly #options: Arguments
  readonly #signal: AbortSignal
  readonly #unavailable: Unavailable

  constructor(options: Arguments, surroundings: Surroundings) {
    this.#options = options
    this.#progress = new Progress(surroundings.stderr)
    this.#signal = surroundings.signal
    const reason = cpuUnavailable()
    this.#unavailable = reason === null ? {} : { cpu: reason }
    this.#signal.addEventListener('abort', () => this.#processes.killAll(), { once: true })
  }

  /** A suite's figures, and how they are printed. */
  async suite({ suite, url }: FoundSuite): Promise<{ readonly result: SuiteResult; readonly text: string }> {
    if (isRigSuite(suite)) return await this.#rig(suite)
    const result = await this.#calls({ suite, url })
    return { result, text: renderSuite(result) }
  }

  async #rig(suite: RigSuite): Promise<{ readonly result: SuiteResult; readonly text: string }> {
    const { rounds, quick } = this.#options
    const say = (text: string): void => this.#progress.say(`${suite.name}: ${text}`)
    return await suite.measure({ rounds, quick, signal: this.#signal, say })
  }

  async #calls({ suite, url }: CallSuite): Promise<SuiteResult> {
    try {
      await this.#answers({ suite, url })
      const samples = await this.#measure({ suite, url })
      const result = assembleSuite(suite, this.#options.rounds, samples, this.#unavailable)
      const summarize = await findSummary(url)
      return summarize === undefined ? result : { ...result, summary: await summarize(result) }
    } finally {
      this.#progress.clear()
    }
  }

  async #answers({ suite, url }: CallSuite): Promise<void> {
    this.#progress.say(`${suite.name}: comparing the answers of ${suite.contenders.length} contenders`)
    const answers = new Map<string, Record<string, unknown>>()
    await this.#inParallel(suite.contenders, async ({ name }) => {
      const what = `${suite.name} / ${name}, answers`
      const limit = suite.timeLimitMs ?? TIME_LIMIT_MS
      const result = await this.#processes.run({ do: 'answer', url, contender: name }, limit, what)
      answers.set(name, Object(result))
    })
    requireEqualAnswers(suite, answers)
  }

  async #measure({ suite, url }: CallSuite): Promise<Sample[]> {
    const { quick, rounds } = this.#options
    const jobs = interleave(suite, rounds, this.#unavailable)
    const samples: Sample[] = []
    const carryOut = async (job: Job): Promise<void> => {
      const done = this.#progress.begin(suite.name, jobs, jobs.indexOf(job))
      const what = `${suite.name} / ${job.case} / ${job.contender}, ${job.measure}`
      const measured = await this.#processes.run(
        {
          do: 'measure',
          url,
          contender: job.contender,
          case: job.case,
          measure: job.measure,
          budgetMs: quick ? QUICK_BUDGET_MS : BUDGET_MS,
          quick,
        },
        suite.timeLimitMs ?? TIME_LIMIT_MS,
        what,
      )
      samples.push({ job, measured: requireFigures(measured, what) })
      done(isLoadFree(job.measure) ? PARALLEL : 1)
    }
    // What does not depend on load may run side by side; what is timed runs alone.
    await this.#inParallel(
      jobs.filter(({ measure }) => isLoadFree(measure)),
      carryOut,
    )
    for (const job of jobs.filter(({ measure }) => !isLoadFree(measure))) {
      this.#signal.throwIfAborted()
      await carryOut(job)
    }
    return samples
  }

  /** As many at a time as there are cores. The first failure ends the others too. */
  async #inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const queue = items.values()
    const worker = async (): Promise<void> => {
      for (const item of queue) {
        this.#signal.throwIfAborted()
        await work(item)
      }
    }
    try {
      await Promise.all(Array.from({ length: PARALLEL }, worker))
    } catch (error) {
      this.#processes.killAll()
      throw error
    }
  }
}

function list(found: readonly FoundSuite[], json: boolean): string {
  const suites = found.map(({ suite }) => ({
    name: suite.name,
    title: suite.title,
    contenders: suite.contenders.map(({ name, role }) => ({ name, role })),
    cases: suite.cases.map(({ name, title }) => ({ name, title })),
  }))
  if (json) return toJson(suites)
  const blocks = suites.map(({ name, title, contenders, cases }) => {
    const who = contenders.map((contender) => `${contender.name} (${contender.role})`).join(', ')
    return [`${name}: ${title}`, `  contenders: ${who}`, ...cases.map((item) => `  ${item.name}: ${item.title}`)].join(
      '\n',
    )
  })
  return `${blocks.join('\n\n')}\n`
}

async function measureAll(options: Arguments, surroundings: Surroundings): Promise<void> {
  const found = await findSuites(surroundings.suitesFolder, options.suites)
  if (options.list) {
    surroundings.stdout.write(list(found, options.json))
    return
  }
  const began = performance.now()
  const head: Omit<Document, 'suites' | 'seconds'> = {
    format: 'breakwater-benchmark/1',
    date: new Date().toISOString(),
    quick: options.quick,
    machine: describeMachine(),
    revision: describeRevision(surroundings.suitesFolder),
    flags: describeFlags(),
  }
  const run = new Run(options, surroundings)
  const suites: SuiteResult[] = []
  if (!options.json) surroundings.stdout.write(`${renderHead(head)}\n`)
  for (const suite of found) {
    const { result, text } = await run.suite(suite)
    suites.push(result)
    if (!options.json) surroundings.stdout.write(`\n${text}\n`)
  }
  const document: Document = { ...head, seconds: Math.round((performance.now() - began) / 1000), suites }
  if (options.json) surroundings.stdout.write(toJson(document))
  if (options.out !== undefined) {
    writeFileSync(options.out, toJson(document))
    surroundings.stderr.write(`Saved ${options.out}\n`)
  }
}

/** @returns the exit code: 0 measured, 1 a failed run, 2 wrong usage, 130 stopped */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const options = parseArguments(argv, surroundings.folder)
    if (options.help) surroundings.stdout.write(USAGE)
    else await measureAll(options, surroundings)
    return 0
  } catch (error) {
    if (surroundings.signal.aborted) {
      surroundings.stderr.write('stopped; nothing is saved\n')
      return 130
    }
    if (error instanceof UsageError) {
      surroundings.stderr.write(`bench: ${error.message}\n`)
      return 2
    }
    // A broken suite file or a full disk: the stack tells where.
    const text = error instanceof RunFailure ? error.message : error instanceof Error ? error.stack : String(error)
    surroundings.stderr.write(`bench failed: ${text}\n`)
    return 1
  }
}
