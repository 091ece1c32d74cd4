import type { NetConnection } from '../connection/net-connection.ts'
import type { PoolableRequestContext } from '../context.ts'
import type { NetRequest } from './net-request.ts'
import type { NetResponse } from './net-response.ts'

/** The client's side of a forwarded request. */
export interface NetForwardHost {
  readonly ctx: PoolableRequestContext
  readonly connection: NetConnection
  readonly request: NetRequest
  readonly response: NetResponse
  /** Policy has chosen another answer than this forward. */
  readonly isAnsweredOtherwise: boolean
  answerFailure(status: number, detail: string, close?: boolean): void
  /** A callback of policy threw that decides what happens: 500. */
  callbackFailed(error: unknown): void
  /** A callback of policy threw whose result nobody waits for. */
  reportError(error: unknown): void
  forwardOver(): void
}
