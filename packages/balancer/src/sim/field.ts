import { nearestName } from '../nearest-name.ts'
import { show } from '../validate.ts'
import { ScenarioError } from './errors.ts'

interface Range {
  readonly min?: number
  readonly max?: number
  readonly integer?: boolean
  /** The value must be above `min`, not equal to it. */
  readonly above?: boolean
}

/**
 * A value of a JSON document together with where it stands, so that each complaint names the place:
 *
 *   { "servers": { "count": 0 } }   →   /servers/count: must be an integer from 1 to 10000, got 0
 */
export class Field {
  readonly pointer: string
  readonly value: unknown

  constructor(value: unknown, pointer = '') {
    this.value = value
    this.pointer = pointer
  }

  get missing(): boolean {
    return this.value === undefined
  }

  fail(problem: string): never {
    throw new ScenarioError(this.pointer, problem)
  }

  /** Fails unless this is an object without keys outside `known`. */
  record<K extends string>(known: readonly K[]): (key: K) => Field {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fail(this.missing ? 'is required' : `must be an object, got ${show(value)}`)
    }
    for (const key of Object.keys(value)) {
      if ((known as readonly string[]).includes(key)) continue
      const nearest = nearestName(key, known)
      const advice = nearest === null ? `known: ${known.join(', ')}` : `did you mean ${show(nearest)}?`
      throw new ScenarioError(`${this.pointer}/${escaped(key)}`, `unknown field; ${advice}`)
    }
    return (key) => new Field(Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined, `${this.pointer}/${key}`)
  }

  list(): Field[] {
    if (!Array.isArray(this.value))
      this.fail(this.missing ? 'is required' : `must be an array, got ${show(this.value)}`)
    return this.value.map((item: unknown, index) => new Field(item, `${this.pointer}/${index}`))
  }

  number(range: Range, fallback?: number): number {
    if (this.missing && fallback !== undefined) return fallback
    const { value } = this
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, integer = false, above = false } = range
    const fits = typeof value === 'number' && (above ? value > min : value >= min) && value <= max
    if (fits && (!integer || Number.isInteger(value))) return value
    const kind = integer ? 'an integer' : 'a number'
    const limits = above ? `above ${min} and at most ${max}` : `from ${min} to ${max}`
    this.fail(this.missing ? `is required: ${kind} ${limits}` : `must be ${kind} ${limits}, got ${show(value)}`)
  }

  /** One number, or a list of them that is not empty. */
  numbers(range: Range, fallback?: number): number[] {
    if (!Array.isArray(this.value)) return [this.number(range, fallback)]
    if (this.value.length === 0) this.fail('must not be an empty array')
    return this.list().map((item) => item.number(range))
  }

  text(fallback: string): string {
    if (this.missing) return fallback
    if (typeof this.value !== 'string') this.fail(`must be a string, got ${show(this.value)}`)
    return this.value
  }

  choice<C extends string>(choices: readonly C[], fallback?: C): C {
    if (this.missing && fallback !== undefined) return fallback
    const chosen = choices.find((choice) => choice === this.value)
    if (chosen !== undefined) return chosen
    const nearest = typeof this.value === 'string' ? nearestName(this.value, choices) : null
    const advice = nearest === null ? '' : `; did you mean ${show(nearest)}?`
    const known = choices.map((choice) => JSON.stringify(choice)).join(', ')
    this.fail(
      this.missing ? `is required: one of ${known}` : `must be one of ${known}, got ${show(this.value)}${advice}`,
    )
  }
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
