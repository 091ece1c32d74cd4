import { describe } from 'vitest'

// The key flows once more, with the other engine below the gateway. The variable is read whenever a gateway is made, and
// this file has a worker of its own.
process.env.BREAKWATER_TEST_ENGINE = 'node'

describe('engine node', async () => {
  await import('./routing.test.ts')
  await import('./headers.test.ts')
  await import('./fallback.test.ts')
  await import('./sessions.test.ts')
  await import('./streaming.test.ts')
})
