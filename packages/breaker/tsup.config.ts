import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', shadow: 'src/shadow.ts', opossum: 'src/compat/opossum.ts' },
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  treeshake: true,
  sourcemap: true,
  clean: true,
  // tsup strips `node:` by default; `sqlite` and `test` cannot be resolved without it.
  removeNodeProtocol: false,
})
