import { defineConfig } from 'tsup'

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
})
