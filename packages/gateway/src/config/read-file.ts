// A configuration file → a plain object and the places of its parts.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { ConfigError, type ConfigIssue } from './config-error.ts'
import { importConfig } from './import-config.ts'
import { parseText } from './parse-text.ts'
import type { ReadConfig } from './source.ts'
import { suggest } from './suggest.ts'

const TEXT = ['.yaml', '.yml', '.json']
const MODULES = ['.ts', '.mts', '.js', '.mjs']

/** Far above any hand-written file; a mistyped path to a data file should not be parsed as YAML for minutes. */
const LARGEST = 4 * 1024 * 1024

/**
 * @param path shown in messages as given
 * @param env for `${VAR}`
 * @throws ConfigError
 */
export async function readConfigFile(
  path: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ReadConfig> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    const inside = neighbours(join(path, 'x'))[0]
    const fix = inside === undefined ? 'name the file in it' : `use ${join(path, inside)}`
    fail({ path: '', file: path, message: 'this is a folder', fix })
  }
  const extension = extname(path).toLowerCase()
  if (![...TEXT, ...MODULES].includes(extension)) {
    fail({
      path: '',
      file: path,
      message: `a configuration file ends with ${[...TEXT, ...MODULES].join(', ')}`,
      fix: 'rename the file after its content',
    })
  }
  const text = readText(path)
  if (MODULES.includes(extension)) return { input: await importConfig(path), source: { file: path, env } }
  return parseText(path, text, env)
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path)
    if (bytes.length > LARGEST) {
      fail({
        path: '',
        file: path,
        message: `the file has ${bytes.length} bytes; the most for a configuration are ${LARGEST}`,
      })
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    fail(unreadable(path, error as NodeJS.ErrnoException), error)
  }
}

function unreadable(path: string, error: NodeJS.ErrnoException): ConfigIssue {
  const issue = { path: '', file: path }
  switch (error.code) {
    case 'ENOENT': {
      const near = suggest(basename(path), neighbours(path))
      return {
        ...issue,
        message: `there is no such file${isAbsolute(path) ? '' : ` (looked for ${resolve(path)})`}.`,
        ...(near === undefined ? {} : { suggestion: near }),
        fix:
          near === undefined
            ? `check the path${isAbsolute(path) ? '' : '; it is relative to the current folder'}`
            : `use ${resolve(dirname(path), near)}`,
      }
    }
    case 'EACCES':
    case 'EPERM':
      return { ...issue, message: 'this user may not read the file', fix: `check its owner and mode: ls -l ${path}` }
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return { ...issue, message: 'the file is not UTF-8 text', fix: 'save it as UTF-8' }
    default:
      return { ...issue, message: `the file cannot be read: ${error.message}` }
  }
}

function neighbours(path: string): string[] {
  try {
    return readdirSync(dirname(resolve(path))).filter((name) => [...TEXT, ...MODULES].includes(extname(name)))
  } catch {
    return []
  }
}

function fail(issue: ConfigIssue, cause?: unknown): never {
  throw new ConfigError([issue], { cause })
}
