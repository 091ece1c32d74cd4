// `npm run pack -- FOLDER`: builds every package and writes the tarballs that would be published, so that they can be
// installed into another project before the first release.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs the pinned pnpm, which with-node.mjs found. Returns its stdout; throws with everything it said. */
function pnpm(args, cwd) {
  const { BREAKWATER_PNPM } = process.env
  if (BREAKWATER_PNPM === undefined) throw new Error('run me through npm: npm run pack -- FOLDER')
  const done = spawnSync(process.execPath, [BREAKWATER_PNPM, ...args], { cwd, encoding: 'utf8', timeout: 300_000 })
  if (done.status === 0) return done.stdout
  throw new Error(
    `pnpm ${args.join(' ')}: exit code ${done.status ?? done.signal}\n${done.stdout}${done.stderr}`.trim(),
  )
}

/** Builds all packages into their `dist` folders. */
export function buildAll() {
  pnpm(['-r', '--filter', './packages/*', 'run', 'build'], root)
}

/** Packs one folder of packages/ and returns the path of its tarball. */
export function packOne(folder, destination) {
  const said = pnpm(['pack', '--json', '--pack-destination', destination], join(root, 'packages', folder))
  return JSON.parse(said.slice(said.indexOf('{'))).filename
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, ...rest] = process.argv.slice(2)
  if (folder === undefined || folder.startsWith('-') || rest.length > 0) {
    console.error('usage: npm run pack -- FOLDER    writes one tarball per package into the folder')
    process.exit(2)
  }
  const destination = resolve(folder)
  mkdirSync(destination, { recursive: true })
  console.error('Building all packages …')
  buildAll()
  const tarballs = readdirSync(join(root, 'packages')).map((name) => packOne(name, destination))
  for (const tarball of tarballs) console.log(tarball)
  const { version } = JSON.parse(readFileSync(join(root, 'packages/breaker/package.json'), 'utf8'))
  console.error(`\nIn another project: npm install ${join(folder, `breakwater-breaker-${version}.tgz`)}
The gateway needs its siblings: npm install ${join(folder, '*.tgz')}`)
}
