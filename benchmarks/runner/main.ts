// The command from the first word to the exit code.
import { writeFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { requireEqualAnswers } from './answers.ts'
import { type Arguments, parseArguments, USAGE } from './arguments.ts'
import { ContenderProcesses, requireFigures } from './contender-process.ts'
import { type FoundSuite, findSuites } from './discover.ts'
import { RunFailure, UsageError } from './errors.ts'
import { interleave, type Unavailable } from './interleave.ts'
import { describeFlags, describeMachine, describeRevision } from './machine.ts'
import { cpuUnavailable } from './measure-cpu.ts'
import { Progress, type ProgressStream } from './progress.ts'
import { assembleSuite, type Document, type Sample, type SuiteResult, toJson } from './result.ts'
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
const BUDGET_MS = 300
const QUICK_BUDGET_MS = 60
const TIME_LIMIT_MS = 60_000

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

  async suite({ suite, url }: FoundSuite): Promise<SuiteResult> {
    try {
      await this.#answers({ suite, url })
      const samples = await this.#measure({ suite, url })
      return assembleSuite(suite, this.#options.rounds, samples, this.#unavailable)
    } finally {
      this.#progress.clear()
    }
  }

  async #answers({ suite, url }: FoundSuite): Promise<void> {
    const answers = new Map<string, Record<string, unknown>>()
    for (const { name } of suite.contenders) {
      this.#signal.throwIfAborted()
      this.#progress.say(`${suite.name}: checking the answers of ${name}`)
      const what = `${suite.name} / ${name}, answers`
      const result = await this.#processes.run(
        { do: 'answer', url, contender: name },
        this.#limit(suite.timeLimitMs),
        what,
      )
      answers.set(name, Object(result))
    }
    requireEqualAnswers(suite, answers)
  }

  async #measure({ suite, url }: FoundSuite): Promise<Sample[]> {
    const { quick, rounds } = this.#options
    const jobs = interleave(suite, rounds, this.#unavailable)
    const samples: Sample[] = []
    for (const [index, job] of jobs.entries()) {
      this.#signal.throwIfAborted()
      const done = this.#progress.begin(suite.name, jobs, index)
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
        this.#limit(suite.timeLimitMs),
        what,
      )
      samples.push({ job, measured: requireFigures(measured, what) })
      done()
    }
    return samples
  }

  #limit(own: number | undefined): number {
    return own ?? TIME_LIMIT_MS
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
    const result = await run.suite(suite)
    suites.push(result)
    if (!options.json) surroundings.stdout.write(`\n${renderSuite(result)}\n`)
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
