import { defineSuite, type Suite } from '../../runner/suite.ts'
import type { Subject } from './bounded-cache.ts'
import { cases } from './cases.ts'

export const suite: Suite<Subject, number> = defineSuite<Subject, number>({
  name: 'cache',
  title: 'a bounded cache',
  contenders: [
    { name: 'map', role: 'baseline', load: async () => (await import('./contenders/map.ts')).contender },
    { name: 'lru', role: 'ours', load: async () => (await import('./contenders/ours.ts')).lru },
    { name: 'clock', role: 'ours', load: async () => (await import('./contenders/ours.ts')).clock },
    { name: 'adaptive', role: 'ours', load: async () => (await import('./contenders/ours.ts')).adaptive },
    {
      name: 'legacy-timer',
      role: 'legacy',
      load: async () => (await import('./contenders/legacy-timer.ts')).contender,
    },
    { name: 'legacy-sort', role: 'legacy', load: async () => (await import('./contenders/legacy-sort.ts')).contender },
    { name: 'lru-cache', role: 'peer', load: async () => (await import('./contenders/lru-cache.ts')).contender },
    { name: 'tiny-lru', role: 'peer', load: async () => (await import('./contenders/tiny-lru.ts')).contender },
    { name: 'quick-lru', role: 'peer', load: async () => (await import('./contenders/quick-lru.ts')).contender },
    { name: 'mnemonist', role: 'peer', load: async () => (await import('./contenders/mnemonist.ts')).contender },
    { name: 'ttlcache', role: 'peer', load: async () => (await import('./contenders/ttlcache.ts')).contender },
  ],
  cases,
})
