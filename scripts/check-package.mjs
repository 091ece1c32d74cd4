// `npm run check:packages [-- NAME…]`: is what we would publish usable by a stranger?
// Packs every package, lints the tarball (publint, attw), installs all tarballs into a fresh ESM and a fresh CJS
// project, type-checks and runs each README's example there on the oldest and newest Node that the package promises.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import typescript from 'typescript'
import { extractExamples } from '../benchmarks/documentation/markdown-examples.ts'
import { fetchNode } from './fetch-node.mjs'
import { buildAll, packOne } from './pack.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Node 20 only runs packages whose `engines` say so. */
const nodeVersions = ['20.20.2', '22.19.0', '24.21.0']
const results = []

function step(name, work) {
  const begun = performance.now()
  let problem = ''
  try {
    work()
  } catch (error) {
    problem = error.message
  }
  results.push({ name, ok: problem === '' })
  console.error(`${problem === '' ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`)
  if (problem !== '') console.error(problem.replaceAll(/^/gm, '     '))
}

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', timeout: 180_000, ...options })
  if (done.status === 0) return done.stdout
  const reason = done.error?.message ?? `exit code ${done.status ?? done.signal}`
  throw new Error(`${command} ${args.join(' ')}: ${reason}\n${done.stdout ?? ''}${done.stderr ?? ''}`.trim())
}

const runNode = (args, options) => run(process.execPath, args, options)

function oldestMajor(engines) {
  return Number(/>=(\d+)/.exec(engines)?.[1])
}

const wanted = process.argv.slice(2)
const packages = readdirSync(join(root, 'packages'))
  .map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
  }))
  .filter(({ folder }) => wanted.length === 0 || wanted.includes(folder))
const strangers = wanted.filter((name) => !packages.some(({ folder }) => folder === name))
if (strangers.length > 0) {
  console.error(`No package ${strangers.join(', ')} in packages/`)
  process.exit(2)
}

const work = mkdtempSync(join(tmpdir(), 'breakwater-packages-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

// ── build and pack everything: a package's tarball needs its siblings' tarballs to install ─────────────────────────
const everything = readdirSync(join(root, 'packages'))
step('build all packages', buildAll)
const tarballs = new Map()
for (const folder of everything) {
  step(`${folder}: pack`, () => tarballs.set(folder, packOne(folder, work)))
}

for (const { folder, manifest } of packages) {
  const tarball = tarballs.get(folder)
  step(`${folder}: publint`, () => runNode(['node_modules/publint/src/cli.js', tarball, '--strict']))
  step(`${folder}: attw`, () =>
    runNode(['node_modules/@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'node16']),
  )
  step(`${folder}: manifest and contents`, () => checkContents(tarball, manifest))
}

function checkContents(tarball, manifest) {
  const files = run('tar', ['-tzf', tarball]).trim().split('\n')
  for (const needed of ['package/README.md', 'package/LICENSE', 'package/dist/index.js', 'package/dist/index.cjs']) {
    if (!files.includes(needed)) throw new Error(`${needed} is missing in the tarball of ${manifest.name}`)
  }
  const packed = run('tar', ['-xzOf', tarball, 'package/package.json'])
  for (const trace of ['workspace:', 'catalog:', '@breakwater/source']) {
    if (packed.includes(trace)) throw new Error(`the packed manifest of ${manifest.name} still says ${trace}`)
  }
  const built = run('tar', ['-xzOf', tarball, 'package/dist/index.js', 'package/dist/index.cjs'])
  const stripped =
    /(?:from\s*|import\(|require\()["'](?:fs|http|https|net|tls|path|os|stream|crypto|url|events|process|sqlite|worker_threads)["']/.exec(
      built,
    )
  if (stripped) throw new Error(`${manifest.name}: ${stripped[0]} lost its node: prefix in the build`)
}

// ── fresh projects ─────────────────────────────────────────────────────────────────────────────────────────────────
const example = (folder) => {
  const code = extractExamples(root, `packages/${folder}/README.md`)[0]?.code
  if (code === undefined) throw new Error(`packages/${folder}/README.md has no \`\`\`ts example`)
  return code
}

function transpile(code, module) {
  const compilerOptions = { module, target: typescript.ScriptTarget.ES2023, esModuleInterop: true }
  return typescript.transpileModule(code, { compilerOptions }).outputText
}

for (const type of ['module', 'commonjs']) {
  const project = join(work, type)
  mkdirSync(project)
  const label = type === 'module' ? 'ESM' : 'CJS'
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type }))
  step(`install the tarballs into a fresh ${label} project`, () => {
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs.values()], { cwd: project })
  })
  for (const { folder, manifest } of packages) {
    step(`${folder}: README example type-checks in ${label} (nodenext${type === 'module' ? ', bundler' : ''})`, () => {
      // CommonJS has no top-level await: the example becomes the body of an async function there.
      const file = join(project, `${folder}.mts`)
      writeFileSync(file, example(folder))
      typeCheck(file, 'nodenext')
      if (type === 'module') typeCheck(file, 'bundler')
      if (type === 'commonjs') {
        const cts = join(project, `${folder}-import.cts`)
        writeFileSync(cts, `import * as all from '${manifest.name}'\nexport const names: string[] = Object.keys(all)\n`)
        typeCheck(cts, 'nodenext')
      }
    })
    for (const version of nodeVersions) {
      if (Number.parseInt(version, 10) < oldestMajor(manifest.engines.node)) continue
      step(`${folder}: README example runs in ${label} on Node ${version}`, () => {
        const node = fetchNode(version)
        const file = join(project, `${folder}.${type === 'module' ? 'mjs' : 'cjs'}`)
        const { CommonJS, ESNext } = typescript.ModuleKind
        writeFileSync(
          file,
          type === 'module'
            ? transpile(example(folder), ESNext)
            : `(async () => {\n${transpile(example(folder), CommonJS)}\n})()\n`,
        )
        run(node, [file], { cwd: project, timeout: 30_000 })
        run(node, ['-e', sameSurface(manifest.name)], { cwd: project })
      })
    }
    if (manifest.bin !== undefined) {
      for (const version of nodeVersions.slice(1)) {
        step(`${folder}: its command runs in ${label} on Node ${version}`, () => {
          const bin = join(project, 'node_modules/.bin', Object.keys(manifest.bin)[0])
          if (!existsSync(bin)) throw new Error(`${bin} was not linked`)
          const said = run(fetchNode(version), [bin, '--version'], { cwd: project }).trim()
          if (!said.includes(manifest.version)) throw new Error(`--version printed ${JSON.stringify(said)}`)
        })
      }
    }
  }
}

function typeCheck(file, resolution) {
  const args = [
    '--noEmit',
    '--strict',
    '--target',
    'es2023',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
  ]
  const module =
    resolution === 'bundler' ? ['--module', 'esnext', '--moduleResolution', 'bundler'] : ['--module', 'nodenext']
  runNode([join(root, 'node_modules/typescript/bin/tsc'), ...args, ...module, file], { cwd: dirname(file) })
}

/** A program that fails unless `import` and `require` see the same names. */
function sameSurface(name) {
  return `import(${JSON.stringify(name)}).then((esm) => {
    const names = (all) => Object.keys(all).filter((key) => key !== 'default' && key !== '__esModule' && key !== 'module.exports').sort().join()
    const cjs = require('node:module').createRequire(process.cwd() + '/x.js')(${JSON.stringify(name)})
    if (names(esm) === '' || names(esm) !== names(cjs)) { console.error(names(esm), '≠', names(cjs)); process.exit(1) }
  })`
}

const failed = results.filter(({ ok }) => !ok)
console.error(`\n${results.length - failed.length} of ${results.length} package checks passed`)
if (process.env.BREAKWATER_STEP_RESULTS) writeFileSync(process.env.BREAKWATER_STEP_RESULTS, JSON.stringify(results))
process.exit(failed.length === 0 ? 0 : 1)
