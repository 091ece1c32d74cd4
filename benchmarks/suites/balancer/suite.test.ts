import { describe, expect, test } from 'vitest'
import { requireEqualAnswers } from '../../runner/answers.ts'
import type { AnySuite } from '../../runner/suite.ts'
import type { BalancingDesign } from './balancing.ts'
import { suite } from './suite.bench.ts'

async function design(name: string): Promise<BalancingDesign> {
  const contender = suite.contenders.find((candidate) => candidate.name === name)
  if (contender === undefined) throw new Error(`no contender ${name}`)
  return contender.load()
}

describe('every contender', () => {
  test.each(['round-robin', 'legacy', 'legacy-timers', 'legacy-least-used', 'balanced-pool', 'loadbalance', 'turns'])(
    '%s gives everybody a turn in each round',
    async (name) => {
      const balancing = (await design(name)).createBalancing(7)
      // Where the first round begins is its own affair.
      balancing.pick()
      const picks = Array.from({ length: 700 }, () => balancing.pick())
      for (let index = 0; index < 7; index++) expect(picks.filter((pick) => pick === index)).toHaveLength(100)
    },
  )

  test.each([
    'auto',
    'round-robin',
    'least-inflight',
    'p2c',
    'p2c-ewma',
    'maglev',
    'rendezvous',
    'legacy',
    'legacy-timers',
  ])('%s keeps a session where it is', async (name) => {
    const balancing = (await design(name)).createBalancing(7)
    const homes = Array.from({ length: 100 }, (_, session) => balancing.pickFor(`s${session}`))
    for (let session = 0; session < 100; session++) {
      balancing.pick()
      expect(balancing.pickFor(`s${session}`)).toBe(homes[session])
    }
    expect(new Set(homes).size).toBeGreaterThan(1)
  })

  test('all give equal answers', async () => {
    const answers = new Map<string, Record<string, unknown>>()
    for (const contender of suite.contenders) {
      const subject = await contender.load()
      const own: Record<string, unknown> = {}
      for (const benchmark of suite.cases) {
        if (benchmark.skip?.[contender.name] !== undefined) continue
        own[benchmark.name] = benchmark.answer(subject, benchmark.inputs() as number[])
      }
      answers.set(contender.name, own)
    }
    expect(() => requireEqualAnswers(suite as unknown as AnySuite, answers)).not.toThrow()
  })
})
