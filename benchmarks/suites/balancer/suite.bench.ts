import { defineSuite, type Suite } from '../../runner/suite.ts'
import type { BalancingDesign } from './balancing.ts'
import { cases } from './cases.ts'

export const suite: Suite<BalancingDesign, number> = defineSuite<BalancingDesign, number>({
  name: 'balancer',
  title: 'which endpoint takes the next request',
  contenders: [
    { name: 'turns', role: 'baseline', load: () => import('./turns.ts') },
    { name: 'auto', role: 'ours', load: () => import('./ours-auto.ts') },
    { name: 'round-robin', role: 'ours', load: () => import('./ours-round-robin.ts') },
    { name: 'least-inflight', role: 'ours', load: () => import('./ours-least-inflight.ts') },
    { name: 'p2c', role: 'ours', load: () => import('./ours-p2c.ts') },
    { name: 'p2c-ewma', role: 'ours', load: () => import('./ours-p2c-ewma.ts') },
    { name: 'maglev', role: 'ours', load: () => import('./ours-maglev.ts') },
    { name: 'rendezvous', role: 'ours', load: () => import('./ours-rendezvous.ts') },
    { name: 'legacy', role: 'legacy', load: () => import('./legacy.ts') },
    { name: 'legacy-timers', role: 'legacy', load: () => import('./legacy-timers.ts') },
    { name: 'legacy-least-used', role: 'legacy', load: () => import('./legacy-least-used.ts') },
    { name: 'balanced-pool', role: 'peer', load: () => import('./balanced-pool.ts') },
    { name: 'load-balancers', role: 'peer', load: () => import('./load-balancers.ts') },
    { name: 'loadbalance', role: 'peer', load: () => import('./loadbalance.ts') },
  ],
  cases,
})
