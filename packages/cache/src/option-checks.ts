import { nearestName } from './nearest-name.ts'

/** What a value must be, in words, how that is seen, and what a number that is not makes. */
export type Rule = readonly [what: string, allows: (value: unknown) => boolean, error?: ErrorConstructor | undefined]

/** The options that a call knows. */
export type Rules = Readonly<Record<string, Rule>>

/** Forever, or without bound. */
export const NEVER: number = Number.POSITIVE_INFINITY

/** A number of a unit in a range; NaN is in none. */
export function amount(unit: string, least: number, most: number, whole = false): Rule {
  return [
    `${whole ? 'an integer' : 'a number'}${unit && ` of ${unit}`} from ${least} to ${most}`,
    (value) => typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value)),
    RangeError,
  ]
}

export function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function'
}

export const FUNCTION: Rule = ['a function', isFunction]
export const BOOLEAN: Rule = ['a boolean', (value) => typeof value === 'boolean']
export const TTL: Rule = amount('milliseconds', 0, NEVER)

/** Throws `TypeError` or `RangeError` that names the option, the bad value and what is allowed. */
export function check(name: string, value: unknown, [what, allows, error = TypeError]: Rule): void {
  if (allows(value)) return
  throw new (typeof value === 'number' ? error : TypeError)(`${name} must be ${what}, got ${show(value)}`)
}

/** Throws `TypeError` or `RangeError` unless `options` is an object whose names are all known and whose values allowed. */
export function checkOptions(options: object, rules: Rules, where: string, example: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${where} takes its options as an object such as ${example}, got ${show(options)}`)
  }
  for (const name in options) {
    if (!Object.hasOwn(rules, name)) {
      const known = Object.keys(rules)
      throw new TypeError(
        `Unknown option "${name}" for ${where}: did you mean "${nearestName(name, known)}"? It knows ${known.join(', ')}`,
      )
    }
    const value = (options as Record<string, unknown>)[name]
    if (value !== undefined) check(name, value, rules[name] as Rule)
  }
}

/** The bad value as it would be written, cut to one line's length. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (isFunction(value)) return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return Object.is(value, -0) ? '-0' : String(value)
}
