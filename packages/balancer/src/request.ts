/** What a pick may be told about the request. */
export interface PickRequest {
  /** Requests of one session go to one endpoint. An empty id is the same as none. The id is hashed, never kept. */
  readonly sessionId?: string | undefined
  /** Keeps equal session ids of different tenants apart. An empty tenant is the same as none. */
  readonly tenant?: string | undefined
  /**
   * What the hashing strategies hash: an address, a header, a cookie, a path (see `requestKey`). Default: the session
   * id; without either, any endpoint.
   */
  readonly key?: string | undefined
  /** The token of `issueToken`, as the client sent it back. Goes before `sessionId`. Needs the option `sessionToken`. */
  readonly token?: string | undefined
  /** Ids of endpoints that this request must not go to. */
  readonly exclude?: ReadonlySet<string> | undefined
}

export interface AcquireRequest extends PickRequest {
  /** Ends the wait; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}
