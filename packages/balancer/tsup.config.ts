import { defineConfig } from 'tsup'

export default defineConfig({
  // Named, so that each lands in the folder that the manifest names.
  entry: {
    index: 'src/index.ts',
    'sim/index': 'src/sim/index.ts',
    'fetch/index': 'src/fetch/index.ts',
    'undici/index': 'src/undici/index.ts',
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
