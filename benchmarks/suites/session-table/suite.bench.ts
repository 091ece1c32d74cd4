import { defineSuite, type Suite } from '../../runner/suite.ts'
import { cases } from './cases.ts'
import type { StoreDesign } from './table.ts'

export const suite: Suite<StoreDesign, number> = defineSuite<StoreDesign, number>({
  name: 'session-table',
  title: 'which endpoint a session belongs to, remembered within a bound',
  contenders: [
    { name: 'id-alone', role: 'baseline', load: () => import('./id-alone.ts') },
    { name: 'table', role: 'ours', load: () => import('./ours-table.ts') },
    { name: 'ours', role: 'ours', load: () => import('./ours.ts') },
    { name: 'legacy-timers', role: 'legacy', load: () => import('./legacy-timers.ts') },
    { name: 'legacy-sort', role: 'legacy', load: () => import('./legacy-sort.ts') },
    { name: 'lru-cache', role: 'peer', load: () => import('./lru-cache.ts') },
  ],
  cases,
  timeLimitMs: 120_000,
})
