import { type Clock, monotonicClock } from './clock.ts'
import { nearestName } from './nearest-name.ts'

/** A finite number from (or, with an open end, above) `low` to `high`; `high` Infinity: no upper limit. */
export function number(
  name: string,
  value: unknown,
  fallback: number,
  low: number,
  high: number,
  lowEnd: 'open' | 'closed',
): number {
  if (value === undefined) return fallback
  const range = `${lowEnd === 'open' ? 'above' : 'from'} ${low}${high === Number.POSITIVE_INFINITY ? '' : ` to ${high}`}`
  if (typeof value !== 'number') throw new TypeError(`${name} is ${show(value)}; expected a number ${range}`)
  const fits = Number.isFinite(value) && value <= high && (lowEnd === 'open' ? value > low : value >= low)
  if (!fits) throw new RangeError(`${name} is ${value}; expected a finite number ${range}`)
  return value
}

/** A number as above, or Infinity. */
export function numberOrInfinity(
  name: string,
  value: unknown,
  fallback: number,
  low: number,
  lowEnd: 'open' | 'closed',
): number {
  if (value === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
  return number(name, value, fallback, low, Number.POSITIVE_INFINITY, lowEnd)
}

/** An integer from `low` to `high`. */
export function integer(name: string, value: unknown, fallback: number, low: number, high: number): number {
  if (value === undefined) return fallback
  const range = `an integer from ${low} to ${high}`
  if (typeof value !== 'number') throw new TypeError(`${name} is ${show(value)}; expected ${range}`)
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} is ${value}; expected ${range}`)
  }
  return value
}

export function flag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw new TypeError(`${name} is ${show(value)}; expected true or false`)
  return value
}

/** One of some words; the first is the default. */
export function choice<T extends string>(name: string, value: T | undefined, words: readonly [T, ...T[]]): T {
  if (value === undefined) return words[0]
  if (words.includes(value)) return value
  throw new TypeError(`${name} is ${show(value)}; expected ${words.map(show).join(' or ')}`)
}

/** A function or undefined. */
export function functionOf<F>(name: string, value: F | undefined, shape: string): F | undefined {
  if (value === undefined || typeof value === 'function') return value
  throw new TypeError(`${name} is ${show(value)}; expected a function ${shape}`)
}

/** A clock; `performance.now` when none is given. */
export function clock(value: Clock | undefined, fallback: Clock = monotonicClock): Clock {
  if (value === undefined) return fallback
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(`clock is ${show(value)}; expected an object with now(): number`)
  }
  if (typeof value.now !== 'function') throw new TypeError('clock has no now(): number')
  return value
}

/** An abort signal, of whatever realm or implementation, or undefined. */
export function abortSignal(name: string, value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'object' && value !== null && typeof value.aborted === 'boolean') {
    if (hasMethods(value, ['addEventListener', 'removeEventListener'])) return value
  }
  throw new TypeError(`${name} is ${show(value)}; expected an AbortSignal`)
}

/** An object with these methods, whatever its class. */
export function withMethods<T>(name: string, value: T, methods: readonly string[]): T {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(`${name} is ${show(value)}; expected an object with ${methods.join(', ')}`)
  }
  for (const method of methods) {
    if (!hasMethods(value, [method])) throw new TypeError(`${name} has no ${method}()`)
  }
  return value
}

function hasMethods(value: object, methods: readonly string[]): boolean {
  return methods.every((method) => typeof Reflect.get(value, method) === 'function')
}

/** A bad value as a reader recognises it: quotes around strings, the kind of anything that has parts. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}

/** Only known names, in an object. */
export function checkNames(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`options is ${show(options)}; expected an object`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const nearest = nearestName(name, known)
    throw new TypeError(`unknown option '${name}'${nearest ? `; did you mean '${nearest}'?` : ''}`)
  }
}
