// What every constructor asks of its options, and how it refuses.
import { nearestName } from './nearest-name.ts'

/** @throws TypeError if `options` is no object or has a name that is not in `known`. */
export function checkNames(owner: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${owner} needs an object of options, got ${show(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = nearestName(name, known)
    const hint = near === null ? `known: ${known.join(', ')}` : `did you mean ${show(near)}?`
    throw new TypeError(`${owner} has no option ${show(name)}; ${hint}`)
  }
}

/** @throws TypeError if `value` is not a number, RangeError if it is not an integer from `least` to `most`. */
export function integer(name: string, value: number, least: number, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got ${show(value)}`)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`)
  }
  return value
}

/** @throws TypeError if `value` is there and no function */
export function optionalFunction<F extends (...values: never[]) => unknown>(
  name: string,
  value: F | undefined,
): F | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, got ${show(value)}`)
  }
  return value
}

/** A value in a message. */
export function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
