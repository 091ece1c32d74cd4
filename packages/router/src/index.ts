export type { ValueTest } from './constraint.ts'
export { RouterError, type RouterErrorCode } from './errors.ts'
export type { RouterOptions } from './options.ts'
export {
  type RequestMatch,
  type RequestRoute,
  RequestRouter,
} from './request-router.ts'
export type { RouteRequest } from './request-view.ts'
export type { RouteConditions, ValueCondition } from './route-conditions.ts'
export { Router } from './router.ts'
export type { Route, RouteMatch, RouteParams } from './types.ts'
