// `npm run check`: everything that needs no running server, in the order in which it fails fastest.
// Arguments name single steps: `npm run check -- types layers`. Same steps here and in CI.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const bin = (name) => `node_modules/${name}`
const steps = {
  lint: [bin('@biomejs/biome/bin/biome'), 'check', '.'],
  types: [bin('typescript/bin/tsc'), '-b'],
  layers: [
    bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    'packages',
    'benchmarks',
    'scripts',
  ],
  unused: [bin('knip/bin/knip.js')],
  coverage: [bin('vitest/vitest.mjs'), 'run', '--coverage', '--project', 'unit', '--project', 'e2e'],
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in steps))
if (unknown.length > 0) {
  console.error(
    `Unknown step ${unknown.map((name) => JSON.stringify(name)).join(', ')}; steps: ${Object.keys(steps).join(', ')}`,
  )
  process.exit(2)
}

const results = []
for (const [name, args] of Object.entries(steps)) {
  if (names.length > 0 && !names.includes(name)) continue
  const begun = performance.now()
  console.error(`── ${name}`)
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  results.push({ name, ok: status === 0, seconds: (performance.now() - begun) / 1000 })
}
console.error('')
for (const { name, ok, seconds } of results)
  console.error(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(9)} ${seconds.toFixed(1)} s`)
if (process.env.BREAKWATER_STEP_RESULTS) writeFileSync(process.env.BREAKWATER_STEP_RESULTS, JSON.stringify(results))
process.exit(results.every(({ ok }) => ok) ? 0 : 1)
