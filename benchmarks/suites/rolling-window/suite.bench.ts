import { defineSuite, type Suite } from '../../runner/suite.ts'
import { type Arrival, cases } from './cases.ts'
import type { WindowDesign } from './window.ts'

export const suite: Suite<WindowDesign, Arrival> = defineSuite<WindowDesign, Arrival>({
  name: 'rolling-window',
  title: 'outcomes of the last 60 seconds, recorded and counted',
  contenders: [
    { name: 'two-counters', role: 'baseline', load: () => import('./two-counters.ts') },
    { name: 'breaker', role: 'ours', load: () => import('./breaker.ts') },
    { name: 'circular-buffer', role: 'ours', load: () => import('./circular-buffer.ts') },
    { name: 'seed-ring', role: 'legacy', load: () => import('./seed-ring.ts') },
    { name: 'legacy', role: 'legacy', load: () => import('./legacy.ts') },
  ],
  cases,
})
