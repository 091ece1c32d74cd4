// Evolution against the guard: sequences of phases are bred for the distance to LRU at 100 requests per slot.
import { describe, expect, it } from 'vitest'
import { Duel, KINDS, type Phase, play, scrambled } from './guard.ts'

const KEYS = [0.3, 0.9, 1.02, 1.1, 1.5, 2, 3, 8]
const GENERATIONS = 40
const YOUNG = 12

function breed(seed: number): Phase {
  const pick = (n: number, salt: number): number => Math.floor(n * scrambled(seed * 8 + salt))
  return { kind: pick(KINDS, 0), length: 1 + pick(40, 1), keys: KEYS[pick(KEYS.length, 2)] ?? 1 }
}

function fight(phases: readonly Phase[], max: number): Duel {
  const duel = new Duel(max)
  for (let number = 0; duel.requests < 100 * max; number++) {
    const phase = phases[number % phases.length] as Phase
    play(duel, { ...phase, length: Math.min(phase.length, 100 - duel.requests / max) }, number)
  }
  return duel
}

describe('the guard of the adaptive policy, attacked', () => {
  for (const max of [32, 97, 600]) {
    it(`${max} entries`, { timeout: 600_000 }, () => {
      let parents = [0, 1, 2, 3].map((at) => [breed(at), breed(at + 10), breed(at + 20)])
      let seed = 1000
      let worst = Number.NEGATIVE_INFINITY
      for (let generation = 0; generation < GENERATIONS; generation++) {
        const young = Array.from({ length: YOUNG }, (_, at) => {
          const child = [...(parents[at % parents.length] as Phase[])]
          const place = Math.floor(scrambled(seed++) * (child.length + 1))
          child.splice(place, scrambled(seed++) < 0.6 ? 1 : 0, breed(seed++))
          return child.slice(0, 8)
        })
        const ranked = [...parents, ...young].map((phases) => ({ phases, duel: fight(phases, max) }))
        for (const { duel } of ranked) expect(duel.excess).toBeLessThanOrEqual(0)
        ranked.sort((a, b) => b.duel.behind - a.duel.behind)
        worst = Math.max(worst, ranked[0]?.duel.behind ?? 0)
        parents = ranked.slice(0, 4).map(({ phases }) => phases)
      }
      // The attack bites: without the guard it would pass the bound.
      expect(worst).toBeGreaterThan(0.1 * max)
    })
  }
})
