import { type ContextDesign, erase, type Source } from './design.ts'
import { type SeedContext, SeedPool } from './seed-pool.ts'

const design: ContextDesign = erase((size): Source<SeedContext> => {
  const pool = new SeedPool(size)
  return {
    take: () => pool.acquire(),
    give: (context) => pool.release(context),
    write: (context, { method, path }) => {
      context.method = method
      context.path = path
      context.responded = true
    },
    read: (context) => context.method.length + context.path.length,
    content: ({ method, path, responded }) => ({ method, path, responded }),
    reset: (context) => context.reset(),
    hitRate: () => pool.hitRate(),
  }
})

export const source: ContextDesign['source'] = design.source
