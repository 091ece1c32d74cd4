import { decodeValue } from './decode-value.ts'

/**
 * Says whether a value, as the handler would get it, is acceptable. Called while matching: quick, without effects, and
 * without a call of the router that asks (`ERR_ROUTE_REENTRY`).
 */
export type ValueTest = (value: string) => boolean

/** What a pattern demands of a value: `:id(\d+)` or `:id<integer>`. */
export class Constraint {
  /** As written, with its brackets: what tells two constraints apart. */
  readonly text: string
  readonly #test: ValueTest

  constructor(text: string, test: RegExp | ValueTest) {
    this.text = text
    this.#test = typeof test === 'function' ? test : wholeValue(test)
  }

  accepts(path: string, start: number, end: number): boolean {
    return this.#test(decodeValue(path.slice(start, end)))
  }
}

/**
 * The whole value must match. Not `^` and `$`, which the flag `m` would turn into the ends of a line. Without `g` and `y`, whose `lastIndex` would make the answer depend on the call before.
 */
function wholeValue(expression: RegExp): ValueTest {
  const whole = new RegExp(`(?<![\\s\\S])(?:${expression.source})(?![\\s\\S])`, expression.flags.replace(/[gy]/g, ''))
  return (value) => whole.test(value)
}
