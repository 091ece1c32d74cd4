import { ContextPool, type PoolableRequestContext } from '@breakwater/http'
import { type ContextDesign, erase, type Source } from './design.ts'
import { CONTEXT } from './lean-context.ts'

const design: ContextDesign = erase((size): Source<PoolableRequestContext> => {
  const pool = new ContextPool(size)
  return {
    take: () => pool.acquire(),
    give: (context) => pool.release(context),
    ...CONTEXT,
    hitRate: () => pool.getHitRate(),
  }
})

export const source: ContextDesign['source'] = design.source
