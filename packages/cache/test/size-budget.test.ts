import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bundle } from './bundle.ts'

/** Bytes of an application's bundle that uses only these names, minified and compressed. */
async function bundled(names: string, file: string): Promise<number> {
  return gzipSync(await bundle(`export { ${names} } from './${file}'`, true), { level: 9 }).length
}

// Raising a limit is a decision: say in the commit what the bytes buy.
describe('size, minified and gzipped', () => {
  it.each([
    ['core with lru', 'CoreCache, lru', 'core.ts', 3_000],
    ['core with clock', 'CoreCache, clock', 'core.ts', 3_000],
    ['Cache', 'Cache', 'index.ts', 14_900],
    ['everything', 'Cache, readThrough, batchLoader, estimateBytes', 'index.ts', 15_400],
  ])('%s stays within its budget', async (_, names, file, limit) => {
    expect(await bundled(names, file)).toBeLessThanOrEqual(limit)
  })

  it('leaves the policies out that nobody names', async () => {
    const [lru, adaptive] = await Promise.all([
      bundled('CoreCache, lru', 'core.ts'),
      bundled('CoreCache, adaptive', 'core.ts'),
    ])
    expect(adaptive - lru).toBeGreaterThan(2_000)
  })
})
