import type { RequestContext } from '../handler.ts'
import type { ClientRequest } from './node-request.ts'
import type { ClientResponse } from './node-response.ts'

/** The client's side of a forwarded request. */
export interface ForwardHost {
  readonly ctx: RequestContext
  readonly request: ClientRequest
  readonly response: ClientResponse
  /** Policy has chosen another answer than this forward. */
  readonly isAnsweredOtherwise: boolean
  /** A callback of policy threw that decides what happens: 500. */
  callbackFailed(error: unknown): void
  /** A callback of policy threw whose result nobody waits for. */
  reportError(error: unknown): void
  forwardOver(): void
}
