// The command from the first word to the exit code.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../runner/errors.ts'
import { parseArguments, usage } from './arguments.ts'
import type { Implementation } from './implementation.ts'
import { implementations, ours } from './implementations/index.ts'
import { playVector, type Verdict } from './play.ts'
import { readVectors, VectorError } from './read-vectors.ts'
import { makeReport, type Report, renderReport, type Score } from './report.ts'
import type { Vector } from './vector.ts'

/** The repository's own vectors. */
export const OWN_VECTORS: string = fileURLToPath(new URL('breaker-vectors.jsonl', import.meta.url))

export interface Surroundings {
  /** Where the command was typed. */
  readonly folder: string
  readonly stdout: Pick<Writable, 'write'>
  readonly stderr: Pick<Writable, 'write'>
}

/** One after the other: a vector has the clocks of the process to itself. */
async function scoreOf(implementation: Implementation, vectors: readonly Vector[]): Promise<Score> {
  const verdicts: Verdict[] = []
  for (const vector of vectors) verdicts.push(await playVector(implementation, vector))
  return { implementation, verdicts }
}

function read(file: string, shown: string): Vector[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`--vectors ${shown}: ${code === 'ENOENT' ? 'there is no such file' : message}`)
  }
  return readVectors(text, shown)
}

/** `ours` stands for each level of our own API. */
function withLevels(names: readonly string[]): Implementation[] {
  const wanted = names.flatMap((name) => (name === 'ours' ? ours.map((level) => level.name) : [name]))
  return implementations.filter(({ name }) => wanted.includes(name))
}

/** @param names of implementations; none: ours decides, all are on the scoreboard */
export async function runVectors(file: string, shown: string, names: readonly string[]): Promise<Report> {
  const vectors = read(file, shown)
  const chosen = withLevels(names.length === 0 ? ['ours'] : names)
  const listed = names.length === 0 ? implementations.filter(({ name }) => name !== 'oracle') : chosen
  const scores = new Map<Implementation, Score>()
  for (const implementation of listed) scores.set(implementation, await scoreOf(implementation, vectors))
  const ofChosen = chosen.flatMap((implementation) => scores.get(implementation) ?? [])
  return makeReport(shown, vectors, ofChosen, [...scores.values()])
}

/** @returns the exit code: 0 all passed, 1 a vector failed, 2 wrong usage or a file that is not of the format */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const names = ['ours', ...implementations.map(({ name }) => name)]
  try {
    const options = parseArguments(argv, surroundings.folder, names)
    if (options.help) {
      surroundings.stdout.write(usage(names))
      return 0
    }
    const file = options.vectors ?? OWN_VECTORS
    const near = relative(surroundings.folder, file)
    const report = await runVectors(file, near.startsWith('../../') ? file : near, options.implementations)
    surroundings.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report))
    // Vectors that nobody could play prove nothing, so they are no success either.
    return report.failed > 0 || report.passed === 0 ? 1 : 0
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof VectorError)) throw error
    surroundings.stderr.write(`conformance: ${error.message}\n`)
    return 2
  }
}
