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

/** A bad value as a reader recognises it: quotes around strings, the kind of anything that has parts. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}
