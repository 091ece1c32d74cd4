// npm run bench -- hit-ratio: from the words to the exit code.
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { UsageError } from '../../runner/errors.ts'
import type { Surroundings } from '../../runner/main.ts'
import { type HitRatioArguments, parseHitRatioArguments, USAGE } from './arguments.ts'
import { KNOWN_TRACES, knownTrace } from './points.ts'
import { renderRows, renderSummaries, summarize } from './report.ts'
import { defaultSizes, measureRow, type Row } from './rows.ts'
import { generateTrace, SYNTHETIC_TRACES } from './synthetic.ts'
import { findTraces } from './traces/find.ts'
import type { Trace } from './traces/formats.ts'
import { loadTrace } from './traces/load.ts'

interface Job {
  readonly name: string
  readonly load: () => Promise<Trace>
  /** Undefined: by the number of distinct keys. */
  readonly sizes: readonly number[] | undefined
}

function planJobs(options: HitRatioArguments): Job[] {
  const sizes = options.sizes.length > 0 ? options.sizes : undefined
  if (options.synthetic) {
    return SYNTHETIC_TRACES.map((synthetic) => ({
      name: synthetic.name,
      load: async () => generateTrace(synthetic),
      sizes: sizes ?? synthetic.sizes,
    }))
  }
  const found = findTraces(options.traces, options.format)
  return found.flatMap(({ file, format }) => {
    const known = knownTrace(basename(file))
    if (options.points && known === undefined) return []
    const job: Job = { name: file, load: () => loadTrace(file, format), sizes: options.points ? known?.sizes : sizes }
    return [job]
  })
}

/** Says which public files are missing and where they are. */
function missingFiles(jobs: readonly Job[]): string[] {
  const there = new Set(jobs.map(({ name }) => basename(name)))
  return KNOWN_TRACES.filter(({ file }) => !there.has(file)).map(({ file, source }) => `missing ${file}: ${source}`)
}

async function runJobs(options: HitRatioArguments, surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, signal } = surroundings
  const jobs = planJobs(options)
  const missing = options.points ? missingFiles(jobs) : []
  for (const line of missing) stderr.write(`${line}\n`)
  // The summary measures the distance to LRU.
  const summed = options.points || options.synthetic
  const wanted =
    summed && !options.policies.includes('lru') ? (['lru', ...options.policies] as const) : options.policies
  const rows: Row[] = []
  try {
    for (const [index, job] of jobs.entries()) {
      stderr.write(`[${index + 1}/${jobs.length}] ${job.name}\n`)
      const loaded = await job.load()
      // Two files of one name are two traces.
      const isAlone = jobs.filter(({ name }) => basename(name) === basename(job.name)).length === 1
      const trace = isAlone ? loaded : { ...loaded, name: job.name }
      stderr.write(`  ${trace.requests.length} requests, ${trace.distinct} distinct keys\n`)
      for (const size of job.sizes ?? defaultSizes(trace.distinct)) {
        for (const policy of [...wanted, 'belady'] as const) {
          // One turn of the event loop, so that Ctrl-C is heard.
          await setImmediate()
          signal.throwIfAborted()
          const row = measureRow(trace, size, policy)
          rows.push(row)
          if (options.json) stdout.write(`${JSON.stringify(row)}\n`)
        }
        stderr.write(`  size ${size} done\n`)
      }
    }
  } finally {
    // Also what was done before a file that cannot be read.
    if (!options.json && rows.length > 0) stdout.write(`${renderRows(rows)}\n`)
  }
  if (summed) (options.json ? stderr : stdout).write(`\n${renderSummaries(summarize(rows))}\n`)
  return missing.length === 0 ? 0 : 1
}

/** @returns the exit code: 0 done, 1 missing files or a defect, 2 wrong usage or an unreadable file, 130 stopped */
export async function hitRatio(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings
  try {
    const options = parseHitRatioArguments(argv, surroundings.folder)
    if (options.help) {
      stdout.write(USAGE)
      return 0
    }
    return await runJobs(options, surroundings)
  } catch (error) {
    if (surroundings.signal.aborted) {
      stderr.write('stopped\n')
      return 130
    }
    if (error instanceof UsageError) {
      stderr.write(`bench hit-ratio: ${error.message}\n`)
      return 2
    }
    stderr.write(`bench hit-ratio failed: ${error instanceof Error ? error.stack : String(error)}\n`)
    return 1
  }
}
