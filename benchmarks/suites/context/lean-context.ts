import type { PoolableRequestContext } from '@breakwater/http'
import type { Source } from './design.ts'

/** How the package's context is written and read, with a pool or without. */
export const CONTEXT: Pick<Source<PoolableRequestContext>, 'write' | 'read' | 'content' | 'reset'> = {
  write: (context, { method, path }) => {
    context.method = method
    context.path = path
    context.responded = true
  },
  read: (context) => context.method.length + context.path.length,
  content: ({ method, path, responded }) => ({ method, path, responded }),
  reset: (context) => context.reset(),
}
