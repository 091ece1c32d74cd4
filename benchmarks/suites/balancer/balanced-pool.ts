// undici's BalancedPool: its choice among its pools, called as its dispatch calls it. No pool ever connects.
import { BalancedPool } from 'undici'
import { type Balancing, unsupported } from './balancing.ts'

type Chooser = Record<symbol, () => unknown>

export function createBalancing(endpoints: number): Balancing {
  const pool = new BalancedPool(Array.from({ length: endpoints }, (_, index) => `http://127.0.0.1:${10_000 + index}`))
  const choose = Object.getOwnPropertySymbols(BalancedPool.prototype).find(
    (symbol) => symbol.description === 'get dispatcher',
  )
  if (choose === undefined) throw new Error('BalancedPool has another inside than expected')
  const indices = new Map<unknown, number>()
  const chooser = pool as unknown as Chooser
  return {
    // The Map lookup costs about as much as reading a field of what was chosen, which any caller does.
    pick() {
      const chosen = chooser[choose]?.()
      let index = indices.get(chosen)
      if (index === undefined) {
        index = indices.size
        indices.set(chosen, index)
      }
      return index
    },
    pickFor: unsupported,
    serve: unsupported,
  }
}
