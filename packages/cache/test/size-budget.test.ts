import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

interface Bundler {
  build(options: object): Promise<{ readonly outputFiles: readonly { readonly contents: Uint8Array }[] }>
}

// The bundler that the build uses.
const require = createRequire(import.meta.url)
const { build } = createRequire(require.resolve('tsup'))('esbuild') as Bundler
const folder = fileURLToPath(new URL('../src', import.meta.url))

/** Bytes of an application's bundle that uses only these names, minified and compressed. */
async function bundled(names: string, file: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from './${file}'`, resolveDir: folder, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'node20',
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

// Raising a limit is a decision: say in the commit what the bytes buy.
describe('size, minified and gzipped', () => {
  it.each([
    ['core with lru', 'CoreCache, lru', 'core.ts', 5_850],
    ['core with clock', 'CoreCache, clock', 'core.ts', 5_900],
    ['everything', '*', 'index.ts', 16_000],
  ])('%s stays within its budget', async (_, names, file, limit) => {
    const bytes = await bundled(names === '*' ? 'Cache, readThrough, batchLoader, estimateBytes' : names, file)
    expect(bytes).toBeLessThanOrEqual(limit)
  })

  it('leaves the policies out that nobody names', async () => {
    const [lru, adaptive] = await Promise.all([
      bundled('CoreCache, lru', 'core.ts'),
      bundled('CoreCache, adaptive', 'core.ts'),
    ])
    expect(adaptive - lru).toBeGreaterThan(2_000)
  })
})
