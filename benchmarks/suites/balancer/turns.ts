// The floor: an index that goes round, no sessions, nothing known of any endpoint.
import { type Balancing, unsupported } from './balancing.ts'

export function createBalancing(endpoints: number): Balancing {
  let next = 0
  return {
    pick() {
      next = next + 1 === endpoints ? 0 : next + 1
      return next
    },
    pickFor: unsupported,
    serve: unsupported,
  }
}
