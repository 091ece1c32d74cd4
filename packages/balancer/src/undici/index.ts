export { BalancedDispatcher, type DispatcherLike, type DispatchHandler, type DispatchOptions } from './dispatcher.ts'
