import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './errors.ts'
import { suggestion } from './nearest-name.ts'
import type { RigSuite } from './rig-suite.ts'
import type { AnySuite } from './suite.ts'

export interface FoundSuite {
  readonly suite: AnySuite | RigSuite
  /** URL of its `suite.bench.ts`, for the contenders' processes. */
  readonly url: string
}

/** Names of the folders that hold a `suite.bench.ts`, sorted. */
function suiteNames(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'suite.bench.ts')))
    .map((entry) => entry.name)
    .sort()
}

/**
 * @param names none = all
 * @returns the names in the order they were given
 * @throws {UsageError} for a name without a suite
 */
export function selectSuites(names: readonly string[], known: readonly string[]): readonly string[] {
  for (const name of names) {
    if (known.includes(name)) continue
    throw new UsageError(`unknown suite ${name}${suggestion(name, known)} (known: ${known.join(', ')})`)
  }
  return names.length === 0 ? known : names
}

/** @throws {TypeError} when the file exports no `suite`, or one that is not named like its folder */
export async function loadSuite(url: string): Promise<AnySuite | RigSuite> {
  const module: { readonly suite?: AnySuite | RigSuite } = await import(url)
  if (module.suite === undefined) throw new TypeError(`${url} exports no "suite"`)
  if (!url.endsWith(`/${module.suite.name}/suite.bench.ts`)) {
    throw new TypeError(`${url}: the suite calls itself ${module.suite.name}; give it the name of its folder`)
  }
  return module.suite
}

export async function findSuites(folder: string, names: readonly string[]): Promise<FoundSuite[]> {
  const found: FoundSuite[] = []
  for (const name of selectSuites(names, suiteNames(folder))) {
    const url = pathToFileURL(join(folder, name, 'suite.bench.ts')).href
    found.push({ suite: await loadSuite(url), url })
  }
  return found
}
