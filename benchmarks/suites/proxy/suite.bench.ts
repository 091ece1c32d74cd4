import type { RigSuite } from '../../runner/rig-suite.ts'
import { judgeGoals } from './goals.ts'
import { FULL, measureAll, QUICK } from './measure.ts'
import { renderProxy } from './report.ts'
import type { ProxyResult } from './result.ts'
import { IDLE, SCENARIOS } from './scenarios.ts'

const NAME = 'proxy'
const TITLE = 'CPU of a reverse proxy per request, beside nginx and haproxy'

const everyContender = new Map(
  SCENARIOS.flatMap(({ contenders }) => contenders.map((item) => [item.name, item] as const)),
)

export const suite: RigSuite = {
  name: NAME,
  title: TITLE,
  contenders: [...everyContender.values()].map(({ name, role }) => ({ name, role })),
  cases: [...SCENARIOS, IDLE].map(({ name, title }) => ({ name, title })),
  measure: async ({ rounds, quick, signal, say }) => {
    const { cases, notes } = await measureAll({ rounds, pace: quick ? QUICK : FULL, signal, say })
    const result: ProxyResult = { name: NAME, title: TITLE, rounds, cases, notes, ...judgeGoals(cases) }
    return { result, text: renderProxy(result) }
  },
}
