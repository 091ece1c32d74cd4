import { describe, expect, test } from 'vitest'
import { requireEqualAnswers } from '../../runner/answers.ts'
import type { AnySuite } from '../../runner/suite.ts'
import type { RouterDesign } from './design.ts'
import { KINDS, requests, routes, wire } from './routes.ts'
import { suite } from './suite.bench.ts'

async function design(name: string): Promise<RouterDesign> {
  const contender = suite.contenders.find((candidate) => candidate.name === name)
  if (contender === undefined) throw new Error(`no contender ${name}`)
  return contender.load()
}

describe('requests', () => {
  test.each([100, 1_000])('%i routes, every request meets the route it was made from', async (count) => {
    const specs = routes(count)
    expect(new Set(specs.map(({ method, path }) => `${method} ${path}`)).size).toBe(count)
    const router = (await design('ours')).prepare(specs)
    for (const kind of KINDS) {
      const list = requests(specs, kind)
      expect(requests(specs, kind)).toEqual(list)
      const answers = list.map(({ method, path }) => router.answer(method, path))
      const values = answers.map((answer) => (answer === null ? -1 : Object.keys(answer.params).length))
      expect(new Set(values), kind).toEqual(
        new Set([{ static: 0, 'one-param': 1, 'two-params': 2, wildcard: 1, miss: -1 }[kind]]),
      )
      const asked = new Set(answers.flatMap((answer) => (answer === null ? [] : [answer.route])))
      if (kind !== 'miss') expect(asked.size).toBeGreaterThan(count / 20)
    }
  })

  test('the bytes on the wire are the paths', () => {
    const list = requests(routes(100), 'wildcard')
    const bytes = wire(list)
    for (const { path, start, end } of list) expect(bytes.toString('latin1', start, end)).toBe(path)
  })
})

describe('contenders', () => {
  const list = suite.cases.filter(({ name }) => name.startsWith('fresh-'))

  test('give equal answers, and differ where that is declared', async () => {
    const answers = new Map<string, Record<string, unknown>>()
    for (const contender of suite.contenders) {
      const subject = await contender.load()
      const own: Record<string, unknown> = {}
      for (const benchmark of list) {
        if (benchmark.skip?.[contender.name] === undefined) {
          own[benchmark.name] = benchmark.answer(subject, benchmark.inputs())
        }
      }
      answers.set(contender.name, own)
    }
    expect(() => requireEqualAnswers({ ...suite, cases: list } as unknown as AnySuite, answers)).not.toThrow()
  })

  test('what is timed is what was answered', async () => {
    const specs = routes(100)
    for (const contender of suite.contenders) {
      if (contender.role === 'baseline') continue
      const router = (await contender.load()).prepare(specs)
      for (const kind of KINDS) {
        for (const { method, path } of requests(specs, kind).slice(0, 50)) {
          const answer = router.answer(method, path)
          const expected =
            answer === null ? -1 : Object.values(answer.params).reduce((sum, { length }) => sum + length, answer.route)
          expect(router.find(method, path), `${contender.name} ${path}`).toBe(expected)
        }
      }
    }
  })
})
