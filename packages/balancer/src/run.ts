import { NoEndpointError } from './errors.ts'
import type { Lease, Outcome } from './lease.ts'
import { checkNumber, checkRecord } from './validate.ts'

export interface RunOptions {
  /** As in `pick`. */
  readonly sessionId?: string | undefined
  /** As in `pick`. */
  readonly tenant?: string | undefined
  /** Checked before the first attempt and before each retry. Hand it to your own call as well. */
  readonly signal?: AbortSignal | undefined
  /** Further attempts after a throw, each on an endpoint not yet tried. Range 0 to 65,535. @default 2 */
  readonly retries?: number | undefined
}

/** What `run` needs of a balancer. */
interface LeaseSource<T> {
  readonly size: number
  pick(request: {
    readonly sessionId: string | undefined
    readonly tenant: string | undefined
    readonly exclude: ReadonlySet<string> | undefined
  }): Lease<T> | null
}

const KEYS = ['sessionId', 'tenant', 'signal', 'retries'] as const

/** Attempts until one returns, each on another endpoint; every lease ends exactly once. */
export async function runWithRetries<T, R>(
  source: LeaseSource<T>,
  fn: (value: T, lease: Lease<T>) => R | PromiseLike<R>,
  options: RunOptions,
): Promise<R> {
  checkRecord('options', options, KEYS)
  const { sessionId, tenant, signal } = options
  const retries = checkNumber('options.retries', options.retries ?? 2, { min: 0, max: 65_535, integer: true })
  signal?.throwIfAborted()
  let tried: Set<string> | undefined
  let failure: unknown
  for (let attempt = 0; attempt <= retries; attempt++) {
    const lease = source.pick({ sessionId, tenant, exclude: tried })
    if (lease === null) {
      if (tried === undefined) throw new NoEndpointError(source.size)
      break
    }
    try {
      const result = await fn(lease.endpoint.value, lease)
      lease.done('ok')
      return result
    } catch (error) {
      lease.done(outcomeOf(error, signal))
      if (signal?.aborted === true) throw error
      failure = error
      tried = (tried ?? new Set()).add(lease.endpoint.id)
    }
  }
  throw failure
}

function outcomeOf(error: unknown, signal: AbortSignal | undefined): Outcome {
  if (signal?.aborted === true) return 'cancelled'
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'error'
}
