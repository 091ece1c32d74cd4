import { defineSuite, type Suite } from '../../runner/suite.ts'
import { cases } from './cases.ts'
import type { RouterDesign } from './design.ts'
import type { Request } from './routes.ts'

export const suite: Suite<RouterDesign, Request> = defineSuite<RouterDesign, Request>({
  name: 'router',
  title: 'method and path to route and values',
  contenders: [
    { name: 'no-router', role: 'baseline', load: () => import('./no-router.ts') },
    { name: 'map-only', role: 'baseline', load: () => import('./map-only.ts') },
    { name: 'ours', role: 'ours', load: () => import('./ours.ts') },
    { name: 'memoirist', role: 'peer', load: () => import('./memoirist.ts') },
    { name: 'find-my-way', role: 'peer', load: () => import('./find-my-way.ts') },
    { name: 'rou3', role: 'peer', load: () => import('./rou3.ts') },
    { name: 'rou3-compiled', role: 'peer', load: () => import('./rou3-compiled.ts') },
    { name: 'hono-regexp', role: 'peer', load: () => import('./hono-regexp.ts') },
    { name: 'hono-trie', role: 'peer', load: () => import('./hono-trie.ts') },
    { name: 'legacy', role: 'legacy', load: () => import('./legacy.ts') },
  ],
  cases,
})
