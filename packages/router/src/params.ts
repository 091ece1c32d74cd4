import { decodeValue } from './decode-value.ts'
import type { RouteParams } from './types.ts'

/** Makes the params of a match from its values, in order. */
export type CreateParams = (...values: readonly string[]) => RouteParams

/**
 * What params inherit from: nothing, so that `constructor` and `__proto__` are names like any other. It is an object of
 * its own because V8 keeps objects without a prototype as dictionaries; docs/decisions/0008 has the measurement.
 */
const NOTHING: object = Object.freeze(Object.create(null) as object)

/** Of every route without parameters. */
export const NO_PARAMS: RouteParams = Object.freeze(Object.create(NOTHING) as Record<string, string>)

/**
 * One constructor per list of names, so that params have the shape that V8 gives to instances of a class. Assigning by
 * computed names at one place for all routes would cost twice as much.
 */
export class ParamShapes {
  readonly #creators = new Map<string, CreateParams>()

  /** @param names Identifiers and `*`, as patterns allow them: nothing in them needs escaping. */
  creatorFor(names: readonly string[]): CreateParams {
    const key = names.join('/')
    let create = this.#creators.get(key)
    if (create === undefined) {
      create = compile(names) ?? assemble(names)
      this.#creators.set(key, create)
    }
    return create
  }

  clear(): void {
    this.#creators.clear()
  }
}

/** Null where code must not be made from text (a content security policy, `--disallow-code-generation-from-strings`). */
function compile(names: readonly string[]): CreateParams | null {
  const values = names.map((_, index) => `v${index}`).join()
  const body = names.map((name, index) => `this[${JSON.stringify(name)}]=v${index}`).join(';')
  const source = `function Params(${values}){${body}}Params.prototype=nothing;return(${values})=>new Params(${values})`
  try {
    return new Function('nothing', source)(NOTHING) as CreateParams
  } catch {
    return null
  }
}

/** The same by computed names. */
export function assemble(names: readonly string[]): CreateParams {
  return (...values) => {
    const params = Object.create(NOTHING) as Record<string, string>
    for (const [index, name] of names.entries()) params[name] = values[index] as string
    return params
  }
}

/**
 * The captured values by name, percent-decoded.
 * @param spans Start and end of each of the `count` values
 */
export function captureParams(
  create: CreateParams,
  count: number,
  path: string,
  spans: readonly number[],
): RouteParams {
  // One native search of the path instead of one per value; nearly no path has an escape.
  const hasEscape = path.indexOf('%') !== -1
  const first = valueAt(path, spans, 0, hasEscape)
  if (count === 1) return create(first)
  const second = valueAt(path, spans, 1, hasEscape)
  if (count === 2) return create(first, second)
  const values = [first, second]
  for (let index = 2; index < count; index++) values.push(valueAt(path, spans, index, hasEscape))
  return create(...values)
}

function valueAt(path: string, spans: readonly number[], index: number, hasEscape: boolean): string {
  const text = path.slice(spans[index * 2], spans[index * 2 + 1])
  return hasEscape ? decodeValue(text) : text
}
