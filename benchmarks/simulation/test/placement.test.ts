import { expect, test } from 'vitest'
import { formatPlacement, measurePlacement } from '../placement.ts'

test('every method spreads sessions, and moves few when an endpoint comes or goes', () => {
  const placements = measurePlacement(5, 4000)
  for (const { method, imbalance, removed, added } of placements) {
    expect(imbalance, method).toBeGreaterThanOrEqual(1)
    expect(imbalance, method).toBeLessThan(1.5)
    expect(removed, method).toBeGreaterThanOrEqual(1)
    expect(removed, method).toBeLessThan(1.3)
    if (method.startsWith('session table')) expect(added, method).toBe(0)
    else expect(added, method).toBeGreaterThan(0.5)
  }
  const table = formatPlacement([placements, placements]).split('\n')
  expect(table).toHaveLength(placements.length + 2)
  expect(table[0]).toBe('| method | max ÷ mean | remove one | add one |')
})
