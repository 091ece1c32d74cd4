/** What went wrong, as a literal that survives bundling and two copies of the package. */
export type BalancerErrorCode =
  | 'ERR_NO_UPSTREAM'
  | 'ERR_DUPLICATE_ENDPOINT'
  | 'ERR_BALANCER_DESTROYED'
  | 'ERR_BALANCER_REENTRANT'
  | 'ERR_QUEUE_FULL'
  | 'ERR_SNAPSHOT'

/** Base of the errors of this package. Invalid options are plain `TypeError` and `RangeError`. */
export class BalancerError extends Error {
  override readonly name: string = 'BalancerError'
  readonly code: BalancerErrorCode

  constructor(code: BalancerErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** `run` found no endpoint to call: the set is empty, or all of it is draining, at weight 0 or unavailable. */
export class NoEndpointError extends BalancerError {
  override readonly name: string = 'NoEndpointError'
  declare readonly code: 'ERR_NO_UPSTREAM'
  /** Members of the set at that moment, usable or not. */
  readonly endpoints: number

  constructor(endpoints: number) {
    super(
      'ERR_NO_UPSTREAM',
      endpoints === 0
        ? 'No endpoint available: the set is empty'
        : `No endpoint available: none of the ${endpoints} in the set takes new work (draining, weight 0 or unavailable)`,
    )
    this.endpoints = endpoints
  }
}

/** An endpoint of this id is already a member. Remove it first; its live leases stay valid. */
export class DuplicateEndpointError extends BalancerError {
  override readonly name: string = 'DuplicateEndpointError'
  declare readonly code: 'ERR_DUPLICATE_ENDPOINT'
  /** The id given twice. */
  readonly id: string

  constructor(id: string) {
    super('ERR_DUPLICATE_ENDPOINT', `An endpoint with the id ${JSON.stringify(id)} is already in the set`)
    this.id = id
  }
}

/** `acquire` or `run` would have had to wait, and as many callers wait already as may. */
export class QueueFullError extends BalancerError {
  override readonly name: string = 'QueueFullError'
  declare readonly code: 'ERR_QUEUE_FULL'
  /** The option `queue.max`. */
  readonly max: number

  constructor(max: number) {
    super('ERR_QUEUE_FULL', `Every endpoint is at its cap and ${max} callers wait already (option queue.max)`)
    this.max = max
  }
}

/** What was given to `restore` is not a snapshot, of another version, or damaged. Nothing was changed. */
export class SnapshotError extends BalancerError {
  override readonly name: string = 'SnapshotError'
  declare readonly code: 'ERR_SNAPSHOT'

  constructor(problem: string) {
    super('ERR_SNAPSHOT', `Not a snapshot of sessions: ${problem}`)
  }
}
