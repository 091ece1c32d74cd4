import { defineSuite, type Suite } from '../../runner/suite.ts'
import { cases, type Subject } from './cases.ts'

export const suite: Suite<Subject, number> = defineSuite<Subject, number>({
  name: 'breaker',
  title: 'one call through a circuit breaker',
  contenders: [
    { name: 'bare', role: 'baseline', load: async () => (await import('./contenders/bare.ts')).contender },
    { name: 'promise-floor', role: 'baseline', load: async () => (await import('./contenders/bare.ts')).derived },
    { name: 'rejecting-floor', role: 'baseline', load: async () => (await import('./contenders/bare.ts')).refusing },
    { name: 'permit', role: 'ours', load: async () => (await import('./contenders/ours.ts')).permit },
    {
      name: 'permit-count-window',
      role: 'ours',
      load: async () => (await import('./contenders/ours.ts')).permitCountWindow,
    },
    { name: 'run', role: 'ours', load: async () => (await import('./contenders/ours.ts')).run },
    { name: 'run-count-window', role: 'ours', load: async () => (await import('./contenders/ours.ts')).runCountWindow },
    { name: 'run-timed', role: 'ours', load: async () => (await import('./contenders/ours.ts')).runTimed },
    { name: 'execute', role: 'ours', load: async () => (await import('./contenders/ours.ts')).execute },
    { name: 'registry', role: 'ours', load: async () => (await import('./contenders/registry.ts')).contender },
    { name: 'seed-ring', role: 'legacy', load: async () => (await import('./contenders/seed-ring.ts')).contender },
    { name: 'legacy', role: 'legacy', load: async () => (await import('./contenders/legacy.ts')).contender },
    { name: 'opossum', role: 'peer', load: async () => (await import('./contenders/opossum.ts')).defaults },
    { name: 'opossum-lean', role: 'peer', load: async () => (await import('./contenders/opossum.ts')).lean },
    { name: 'cockatiel', role: 'peer', load: async () => (await import('./contenders/cockatiel.ts')).contender },
  ],
  cases,
})
