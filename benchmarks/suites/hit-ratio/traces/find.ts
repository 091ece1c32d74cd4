import { readdirSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../../../runner/errors.ts'
import { knownTrace } from '../points.ts'
import { type Format, isFormat } from './formats.ts'

export interface FoundTrace {
  readonly file: string
  readonly format: Format
}

/** What lies beside traces in a repository, and is none. */
const NO_TRACE = /^\.|^(?:readme|licen[cs]e|notice)\b|\.(?:md|txt|json|pdf)$/i

function stat(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Files below a folder, in the order of their names; a file stands for itself. */
function filesIn(path: string): string[] {
  if (!stat(path).isDirectory()) return [path]
  const entries = readdirSync(path).filter((name) => !NO_TRACE.test(name))
  return entries.sort().flatMap((name) => filesIn(join(path, name)))
}

function formatOf(file: string): Format {
  const folder = basename(dirname(file))
  const format = isFormat(folder) ? folder : knownTrace(basename(file))?.format
  if (format === undefined) throw new UsageError(`${file}: give its --format, its folder does not tell`)
  return format
}

/** @throws {UsageError} for a path that is not there, a folder without traces, a file whose format nobody told */
export function findTraces(paths: readonly string[], format: Format | undefined): FoundTrace[] {
  return paths.flatMap((path) => {
    const files = filesIn(path)
    if (files.length === 0) throw new UsageError(`${path} holds no trace`)
    return files.map((file) => ({ file, format: format ?? formatOf(file) }))
  })
}
