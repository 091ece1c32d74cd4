import { nearestName } from './nearest-name.ts'

/** Throws `TypeError` or `RangeError` that names the option, the bad value and what is allowed. */
export function checkNumber(name: string, value: unknown, least: number, most: number, whole = false, unit = ''): void {
  // `>=` and not `!(<)`: NaN has to fail.
  if (typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value))) return
  const what = `${whole ? 'an integer' : 'a number'}${unit === '' ? '' : ` of ${unit}`}`
  const problem = `${name} must be ${what} from ${least} to ${most}, got ${show(value)}`
  throw typeof value === 'number' ? new RangeError(problem) : new TypeError(problem)
}

/** Throws `TypeError` unless the value, if there is one, is of that type. */
export function checkType(name: string, value: unknown, type: 'function' | 'boolean'): void {
  if (value === undefined) return
  if (typeof value !== type) throw new TypeError(`${name} must be a ${type}, got ${show(value)}`)
}

/** Throws `TypeError` unless `options` is an object whose names are all known. */
export function checkNames(options: object, known: readonly string[], where: string, example: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${where} takes its options as an object such as ${example}, got ${show(options)}`)
  }
  for (const name in options) {
    if (known.includes(name)) continue
    throw new TypeError(
      `Unknown option "${name}" for ${where}: did you mean "${nearestName(name, known)}"? It knows ${known.join(', ')}`,
    )
  }
}

/** The bad value as it would be written, cut to one line's length. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return Object.is(value, -0) ? '-0' : String(value)
}
