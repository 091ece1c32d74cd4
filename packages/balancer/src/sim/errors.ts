/** A scenario that does not follow the schema. */
export class ScenarioError extends Error {
  override readonly name: string = 'ScenarioError'
  readonly code: 'ERR_SCENARIO' = 'ERR_SCENARIO'
  /** JSON pointer (RFC 6901) to the offending value; empty for the document itself. */
  readonly pointer: string

  constructor(pointer: string, problem: string) {
    super(pointer === '' ? problem : `${pointer}: ${problem}`)
    this.pointer = pointer
  }
}

/** A policy that does not exist, or an option that it does not have. */
export class PolicyError extends Error {
  override readonly name: string = 'PolicyError'
  readonly code: 'ERR_POLICY' = 'ERR_POLICY'
  /** The policy as it was written. */
  readonly policy: string

  constructor(policy: string, problem: string) {
    super(`policy ${JSON.stringify(policy)}: ${problem}`)
    this.policy = policy
  }
}
