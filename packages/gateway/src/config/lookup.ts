// Where the configuration is when nobody says so.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Names looked for in the current folder, in this order. */
export const CONFIG_FILES: readonly string[] = [
  'breakwater.config.ts',
  'breakwater.config.mts',
  'breakwater.config.js',
  'breakwater.config.mjs',
  'breakwater.yaml',
  'breakwater.yml',
  'breakwater.json',
]

/** `explicit`, else BREAKWATER_CONFIG, else the first of `CONFIG_FILES` in `folder`, else undefined. */
export function findConfig(
  explicit: string | undefined,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (explicit !== undefined) return explicit
  if (env.BREAKWATER_CONFIG) return env.BREAKWATER_CONFIG
  return CONFIG_FILES.find((name) => existsSync(join(folder, name)))
}
