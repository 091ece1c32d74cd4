/** A set of endpoints, one of which takes the next request. */
export interface Balancing {
  /** Index of the endpoint. */
  pick(): number
  /** The same for a session that stays where it is; sessions are numbered. */
  pickFor(session: string): number
  /** A pick whose request is counted as in flight and ends at once. */
  serve(): number
}

export interface BalancingDesign {
  createBalancing(endpoints: number): Balancing
}

/** What a contender that cannot do something does. The case skips it. */
export function unsupported(): never {
  throw new Error('this contender cannot do that')
}
