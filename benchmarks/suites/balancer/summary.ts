// The goals of the pick path.
import type { SuiteResult } from '../../runner/result.ts'
import type { Summary } from '../../runner/summary.ts'
import { Figures, summaryOf } from './goals.ts'

export function summarize(result: SuiteResult): Summary {
  const figures = new Figures(result)
  return summaryOf(
    'select() of this package against the second design, its synchronous body alone unless it says awaited',
    ['BalancedPool of undici 8 takes turns while no connection has failed: it knows neither load nor sessions.'],
    [
      figures.improvement('choose one of 10', 'pick-10', 'legacy', 'auto'),
      figures.improvement('choose one of 100', 'pick-100', 'legacy', 'auto'),
      figures.improvement('choose one of 1,000', 'pick-1000', 'legacy', 'auto'),
      figures.improvement('known session, 10 endpoints', 'sticky-10', 'legacy', 'auto'),
      figures.improvement('known session, 100 endpoints', 'sticky-100', 'legacy', 'auto'),
    ],
    [
      figures.faster('sticky select at 100, auto, against legacy', 'sticky-100', 'legacy', 'auto', 10),
      figures.faster(
        'sticky select at 100, auto, against legacy awaited',
        'sticky-100',
        'legacy',
        'auto',
        10,
        'sticky-100-awaited',
      ),
      figures.faster('sticky select at 100, auto, against timers', 'sticky-100', 'legacy-timers', 'auto', 10),
      figures.faster('auto at 100 against BalancedPool', 'pick-100', 'balanced-pool', 'auto', 4),
    ],
    [
      figures.allocatesNothing('sticky select at 100, auto', 'sticky-100', 'auto'),
      figures.within('auto, 10 endpoints', 'pick-10', 'auto', 60),
      figures.within('auto, 100 endpoints', 'pick-100', 'auto', 60),
      figures.within('auto, 1,000 endpoints', 'pick-1000', 'auto', 30),
      figures.within('p2c, 1,000 endpoints', 'pick-1000', 'p2c', 30),
      figures.within('least-inflight, 1,000 endpoints', 'pick-1000', 'least-inflight', 30),
    ],
  )
}
