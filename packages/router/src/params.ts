import { decodeValue } from './decode-value.ts'
import type { RouteParams } from './types.ts'

/** Of every route without parameters. */
export const NO_PARAMS: RouteParams = Object.freeze(Object.create(null) as Record<string, string>)

/** The captured values by name, percent-decoded; `spans` holds start and end of each. */
export function captureParams(names: readonly string[], path: string, spans: readonly number[]): RouteParams {
  const params = Object.create(null) as Record<string, string>
  // One native search of the path instead of one per value; nearly no path has an escape.
  const hasEscape = path.indexOf('%') !== -1
  for (let i = 0; i < names.length; i++) {
    const value = path.slice(spans[i * 2], spans[i * 2 + 1])
    params[names[i] as string] = hasEscape ? decodeValue(value) : value
  }
  return params
}
