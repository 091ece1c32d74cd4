import type { ValueTest } from './constraint.ts'
import { show } from './errors.ts'
import { nearestName } from './nearest-name.ts'
import { isPlainObject } from './plain-object.ts'

/** How patterns and paths are read. The defaults take every path literally. */
export interface RouterOptions {
  /**
   * One slash at the end of a path or a pattern does not count: `/a` and `/a/` are the same route. The root stays `/`, and
   * a wildcard captures the slash. Change it for handlers that do not care; a proxy that forwards the path should not.
   * @default false
   */
  readonly ignoreTrailingSlash?: boolean
  /**
   * Slashes in a row count as one: `//a///b` is `/a/b`, also in the value of a wildcard.
   * @default false
   */
  readonly ignoreDuplicateSlashes?: boolean
  /**
   * What `:name<constraint>` refers to, by the name of the constraint: an expression that must match the whole value, or
   * a function of it.
   * @default {}
   */
  readonly constraints?: Readonly<Record<string, RegExp | ValueTest>>
}

export interface CheckedOptions {
  readonly ignoreTrailingSlash: boolean
  readonly ignoreDuplicateSlashes: boolean
  readonly constraints: ReadonlyMap<string, RegExp | ValueTest>
}

const KNOWN = ['ignoreTrailingSlash', 'ignoreDuplicateSlashes', 'constraints']
const CONSTRAINT_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** @throws {TypeError} for an unknown option or a value of the wrong type */
export function checkOptions(options: unknown): CheckedOptions {
  if (!isPlainObject(options)) {
    throw new TypeError(`The options of a router are a plain object, not ${show(options)}.`)
  }
  for (const name of Object.keys(options)) {
    if (KNOWN.includes(name)) continue
    const nearest = nearestName(name, KNOWN)
    const advice = nearest === undefined ? '.' : `, did you mean "${nearest}"?`
    throw new TypeError(`Unknown option ${show(name)}${advice} Known: ${KNOWN.join(', ')}.`)
  }
  const { ignoreTrailingSlash = false, ignoreDuplicateSlashes = false, constraints = {} }: RouterOptions = options
  requireBoolean('ignoreTrailingSlash', ignoreTrailingSlash)
  requireBoolean('ignoreDuplicateSlashes', ignoreDuplicateSlashes)
  return { ignoreTrailingSlash, ignoreDuplicateSlashes, constraints: checkConstraints(constraints) }
}

function requireBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, got ${show(value)}.`)
}

function checkConstraints(constraints: unknown): Map<string, RegExp | ValueTest> {
  if (!isPlainObject(constraints)) {
    throw new TypeError(`constraints must be a plain object of expressions and functions, got ${show(constraints)}.`)
  }
  const checked = new Map<string, RegExp | ValueTest>()
  for (const [name, test] of Object.entries(constraints)) {
    if (!CONSTRAINT_NAME.test(name)) {
      throw new TypeError(`constraints: ${show(name)} is not a name: a letter or "_", then letters, digits, "_", "-".`)
    }
    if (typeof test !== 'function' && !(test instanceof RegExp)) {
      throw new TypeError(`constraints.${name} must be a regular expression or a function, got ${show(test)}.`)
    }
    checked.set(name, test as RegExp | ValueTest)
  }
  return checked
}
