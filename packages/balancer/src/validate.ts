import { nearestName } from './nearest-name.ts'

/** A value as it appears in an error message: short, on one line, strings quoted. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

/** Returns `value` as a record with no key outside `known`; `name` is what the messages call it. */
export function checkRecord(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object, got ${show(value)}`)
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const nearest = nearestName(key, known)
    const advice = nearest === null ? `known: ${known.join(', ')}` : `did you mean ${show(nearest)}?`
    throw new TypeError(`${name} has no ${show(key)}; ${advice}`)
  }
  return value as Record<string, unknown>
}

interface NumberRange {
  readonly min: number
  readonly max: number
  readonly integer?: boolean
  /** The unit with a leading space, for the message: ` ms`. */
  readonly unit?: string
}

/** Returns `value` as a finite number inside `range`. Wrong type: TypeError. Outside, NaN or infinite: RangeError. */
export function checkNumber(name: string, value: unknown, range: NumberRange): number {
  const kind = range.integer === true ? 'an integer' : 'a number'
  const allowed = `${kind} from ${range.min} to ${range.max}${range.unit ?? ''}`
  if (typeof value !== 'number') throw new TypeError(`${name} must be ${allowed}, got ${show(value)}`)
  const fits = value >= range.min && value <= range.max && (range.integer !== true || Number.isInteger(value))
  if (!fits) throw new RangeError(`${name} must be ${allowed}, got ${show(value)}`)
  return value
}

/**
 * Returns the settings of a record that knows these and no others, each a number in its range, with its default where it
 * is left out.
 */
export function checkNumbers<K extends string>(
  name: string,
  given: unknown,
  settings: Readonly<Record<K, NumberRange & { readonly standard: number }>>,
): Record<K, number> {
  const record = checkRecord(name, given, Object.keys(settings))
  const checked: Partial<Record<K, number>> = {}
  for (const key in settings) {
    const value = record[key]
    checked[key] = checkNumber(`${name}.${key}`, value === undefined ? settings[key].standard : value, settings[key])
  }
  return checked as Record<K, number>
}

// A number has no length and no characters: without this check all numeric ids would be one session.
export function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${show(value)}`)
  return value
}

/** Returns four integers that key a hash, or undefined. */
export function checkSeed(name: string, seed: readonly number[] | undefined): readonly number[] | undefined {
  if (seed === undefined) return undefined
  if (!Array.isArray(seed) || seed.length !== 4) {
    throw new TypeError(`${name} must be an array of 4 integers, got ${show(seed)}`)
  }
  for (const [index, word] of seed.entries()) {
    checkNumber(`${name}[${index}]`, word, { min: -(2 ** 31), max: 2 ** 32 - 1, integer: true })
  }
  return [...seed]
}

/** Returns `clock` when it tells the time in finite numbers. */
export function checkClock<C extends { now(): number }>(name: string, clock: C): C {
  if (typeof clock?.now !== 'function') {
    throw new TypeError(`${name} must be an object with a now() function, got ${show(clock)}`)
  }
  const now: unknown = clock.now()
  if (!Number.isFinite(now)) {
    throw new TypeError(`${name}.now() must return a finite number of milliseconds, got ${show(now)}`)
  }
  return clock
}
