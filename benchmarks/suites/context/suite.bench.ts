import { defineSuite, type Suite } from '../../runner/suite.ts'
import { cases } from './cases.ts'
import type { ContextDesign, Request } from './design.ts'

export const suite: Suite<ContextDesign, Request> = defineSuite<ContextDesign, Request>({
  name: 'context',
  title: 'a context for each request: pooled, or made anew',
  contenders: [
    { name: 'plain-new', role: 'baseline', load: () => import('./plain-new.ts') },
    { name: 'ours', role: 'ours', load: () => import('./ours.ts') },
    { name: 'legacy', role: 'legacy', load: () => import('./legacy.ts') },
  ],
  cases,
})
