import { isDeepStrictEqual } from 'node:util'
import { RunFailure } from './errors.ts'
import type { AnySuite } from './suite.ts'

/** Where two values first differ, with both values there; null when they are equal. NaN equals NaN, 0 is not -0. */
export interface Difference {
  /** As one would write it in code: `[3].failures`; empty for the value itself. */
  readonly path: string
  readonly left: unknown
  readonly right: unknown
}

function isBranch(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}

export function firstDifference(left: unknown, right: unknown, path = ''): Difference | null {
  if (isDeepStrictEqual(left, right)) return null
  if (!isBranch(left) || !isBranch(right) || Array.isArray(left) !== Array.isArray(right)) return { path, left, right }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const step = Array.isArray(left) ? `[${key}]` : `.${key}`
    const found = firstDifference(left[key], right[key], path + step)
    if (found !== null) return found
  }
  // Equal in every own key: they differ in length, prototype or symbol keys.
  return { path, left, right }
}

/** A value on one line, cut at 80 characters. */
export function show(value: unknown): string {
  let text: string
  try {
    text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item)) ?? String(value)
  } catch {
    text = String(value)
  }
  if (typeof value === 'number' || typeof value === 'bigint') text = Object.is(value, -0) ? '-0' : String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

/** Answers by contender, then by case. */
export type Answers = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/**
 * Compares the answers to every case with those of the first contender that must agree.
 * @throws {RunFailure} naming suite, case, contender and the first difference; also for a declared difference that does
 *   not show
 */
export function requireEqualAnswers(suite: AnySuite, answers: Answers): void {
  for (const benchmark of suite.cases) {
    const where = `${suite.name} / ${benchmark.name}`
    const running = suite.contenders.filter(({ name }) => benchmark.skip?.[name] === undefined)
    const agreeing = running.filter(({ name }) => benchmark.differs?.[name] === undefined)
    const reference = agreeing.find(({ role }) => role === 'ours') ?? agreeing[0]
    if (reference === undefined)
      throw new RunFailure(`${where}: every contender declares a difference, none is compared`)
    const expected = answers.get(reference.name)?.[benchmark.name]
    for (const contender of running) {
      if (contender === reference) continue
      const difference = firstDifference(answers.get(contender.name)?.[benchmark.name], expected)
      const declared = benchmark.differs?.[contender.name]
      if (difference !== null && declared === undefined) {
        const at = difference.path === '' ? 'its answer' : `answer${difference.path}`
        throw new RunFailure(
          `${where}: ${contender.name} gives a wrong answer: ${at} is ${show(difference.left)}, ` +
            `but ${show(difference.right)} from ${reference.name}`,
        )
      }
      if (difference === null && declared !== undefined) {
        throw new RunFailure(
          `${where}: ${contender.name} declares a difference ("${declared}") but answers like ${reference.name}; ` +
            'remove the declaration or make the answer show it',
        )
      }
    }
  }
}
