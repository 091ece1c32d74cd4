import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/**
 * Properties that only this package's own code uses get short names: 3 % less in an application's bundle, which no
 * minifier may do by itself. A name belongs here if it is in no declaration file and in no object of the language;
 * `test/published-names.test.ts` compares what can be seen of both.
 */
const names = JSON.parse(readFileSync(new URL('mangled-names.json', import.meta.url), 'utf8')) as string[]

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    core: 'src/core.ts',
    'lru-cache': 'src/facades/lru-cache/lru-cache.ts',
    keyv: 'src/facades/keyv.ts',
  },
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  treeshake: true,
  sourcemap: true,
  clean: true,
  // tsup strips `node:` by default; `sqlite` and `test` cannot be resolved without it.
  removeNodeProtocol: false,
  esbuildOptions(options) {
    options.mangleProps = new RegExp(`^(${names.join('|')})$`)
  },
})
