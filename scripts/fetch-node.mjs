// Finds a Node of an exact version through npm, for tests of what we publish on the oldest versions we promise.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const memo = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'nodes.json')

function known() {
  try {
    return JSON.parse(readFileSync(memo, 'utf8'))
  } catch {
    return {}
  }
}

/**
 * @param {string} version exact, without `v`: `20.20.2`
 * @returns {string} absolute path of the binary
 * @throws {Error} if npm cannot fetch it
 */
export function fetchNode(version) {
  if (process.versions.node === version) return process.execPath
  const nodes = known()
  if (nodes[version] !== undefined && existsSync(nodes[version])) return nodes[version]
  console.error(`Fetching Node ${version} through npm …`)
  const probe = 'console.log("@@" + process.version + " " + process.execPath)'
  const args = [
    'exec',
    '--yes',
    '--loglevel=error',
    '--ignore-scripts=false',
    `--package=node@${version}`,
    '--',
    'node',
    '-e',
    probe,
  ]
  const found = spawnSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const [, ran, path] = /@@v(\S+) (.+)/.exec(found.stdout ?? '') ?? []
  if (ran !== version)
    throw new Error(`npm could not fetch node@${version} (exit code ${found.status}, ran ${ran ?? 'nothing'})`)
  mkdirSync(dirname(memo), { recursive: true })
  writeFileSync(memo, JSON.stringify({ ...known(), [version]: path }))
  return path
}
