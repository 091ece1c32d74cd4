export { type BalancedFetch, createFetch, type FetchOptions } from './fetch.ts'
