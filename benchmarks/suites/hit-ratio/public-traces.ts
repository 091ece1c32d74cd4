import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of the public traces beside the repository, or what `BREAKWATER_TRACES` names. */
const folder = process.env.BREAKWATER_TRACES ?? fileURLToPath(new URL('../../../../shared/traces', import.meta.url))

/** Path of a public trace, undefined when it is not there: tests of it are skipped by name. */
export function publicTrace(path: string): string | undefined {
  const file = join(folder, path)
  return existsSync(file) ? file : undefined
}
