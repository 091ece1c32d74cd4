export { RouterError, type RouterErrorCode } from './errors.ts'
export { Router } from './router.ts'
export type { Route, RouteMatch, RouteParams } from './types.ts'
