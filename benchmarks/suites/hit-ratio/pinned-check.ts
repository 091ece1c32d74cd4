import { describe, expect, it } from 'vitest'
import type { Pinned } from './pinned.ts'
import { KNOWN_TRACES } from './points.ts'
import { publicTrace } from './public-traces.ts'
import { measureRow } from './rows.ts'
import { loadTrace } from './traces/load.ts'

const FOLDERS: Readonly<Record<string, string>> = { arc: 'arc', lirs: 'lirs', cache2k: 'cache2k', int64be: 'misc' }

/** Requests and distinct keys, by file. */
const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  'OLTP.lis.zst': [914_145, 186_880],
  'P2.lis.zst': [12_729_495, 913_347],
  'loop.trace.gz': [505_500, 1011],
  'multi1.trace.gz': [15_858, 2606],
  'multi3.trace.gz': [30_241, 7454],
  'sprite.trace.gz': [133_996, 7075],
  '2_pools.trace.gz': [100_000, 9939],
  'cpp.trace.gz': [9047, 1223],
  'gli.trace.gz': [6015, 2529],
  'zigzag.trace.gz': [52_001, 2001],
  'orm-busy.trace.xz': [5_000_000, 76_349],
  'web07.trace.xz': [76_118, 20_484],
  'corda-vaultservice.gz': [135_702, 90_468],
  'scarab-recs.trace.xz': [1_245_184, 258_368],
}

/** One test per trace: its counts, the published values, and that the package never falls a point below LRU. */
export function describePinned(title: string, pinned: readonly Pinned[]): void {
  describe(title, () => {
    for (const known of KNOWN_TRACES) {
      const values = pinned.filter(({ trace }) => trace === known.file)
      if (values.length === 0) continue
      const file = publicTrace(`${FOLDERS[known.format]}/${known.file}`)
      it.skipIf(file === undefined)(known.file, { timeout: 300_000 }, async () => {
        const trace = await loadTrace(file ?? '', known.format)
        expect([trace.requests.length, trace.distinct]).toEqual(COUNTS[known.file])
        const wrong = values.flatMap(({ size, policy, percent }) => {
          const ratio = 100 * measureRow(trace, size, policy).hitRatio
          return Math.abs(ratio - percent) <= 0.0101 ? [] : [{ size, policy, percent, ratio }]
        })
        expect(wrong).toEqual([])
        for (const size of known.sizes) {
          const { hitRatio } = measureRow(trace, size, 'default')
          expect(hitRatio).toBeGreaterThan(measureRow(trace, size, 'lru').hitRatio - 0.01)
        }
      })
    }
  })
}
