import { PoolableRequestContext } from '@breakwater/http'
import { type ContextDesign, erase, type Source } from './design.ts'
import { CONTEXT } from './lean-context.ts'

/** The same context without a pool: made for each request, left to the collector. */
const design: ContextDesign = erase(
  (): Source<PoolableRequestContext> => ({
    take: () => new PoolableRequestContext(),
    give: () => {},
    ...CONTEXT,
    hitRate: () => null,
  }),
)

export const source: ContextDesign['source'] = design.source
