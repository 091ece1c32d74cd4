// What a fresh path costs by itself: no routing at all. Subtract it before dividing two figures of a fresh case.
import type { PreparedRouter } from './design.ts'

export function prepare(): PreparedRouter {
  return {
    find: (method, path) => method.length + path.length,
    answer: () => null,
  }
}
