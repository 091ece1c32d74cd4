import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

const NAME = '@breakwater/gateway'

/** Version of the package that `script` belongs to: the nearest package.json of that name above it. */
export function packageVersion(script: string = process.argv[1] ?? ''): string {
  let folder: string
  try {
    folder = dirname(realpathSync(script))
  } catch {
    return 'unknown'
  }
  for (;;) {
    const version = versionIn(folder)
    if (version !== undefined) return version
    const parent = dirname(folder)
    if (parent === folder) return 'unknown'
    folder = parent
  }
}

function versionIn(folder: string): string | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name?: unknown
      version?: unknown
    }
    return manifest.name === NAME && typeof manifest.version === 'string' ? manifest.version : undefined
  } catch {
    return undefined
  }
}
