// The floor: the work itself.
import { type Contender, type ProtectedCall, type Setup, without, wrapping } from '../protected-call.ts'

export const contender: Contender = {
  protect: ({ work }: Setup): ProtectedCall => {
    const breaker = {}
    return wrapping(work, { open: without('open state'), metrics: without('metrics'), breaker })
  },
}

/** One derived promise with two shared handlers: the least that can see how a call ended and hand it on. */
export const derived: Contender = {
  protect: ({ work }): ProtectedCall => {
    const fulfilled = (value: number): number => value
    const rejected = (error: unknown): never => {
      throw error
    }
    const breaker = {}
    return wrapping((input) => work(input).then(fulfilled, rejected), {
      open: without('open state'),
      metrics: without('metrics'),
      breaker,
    })
  },
}

/** An async function that rejects with an error made beforehand: what a refusal costs at least. */
export const refusing: Contender = {
  protect: (): ProtectedCall => {
    const error = new Error('refused')
    const refuse = async (): Promise<number> => {
      throw error
    }
    return wrapping(refuse, { open() {}, metrics: without('metrics'), breaker: refuse })
  },
}
