// Looks into the schema: which keys are known at a path, and which type a value there may have.
import { z } from 'zod'
import { exampleOf } from './leaves.ts'
import type { Path } from './source.ts'

/** Schemas that may apply at a path, unions and wrappers opened. O(path × branches). */
function schemasAt(root: z.ZodType, path: Path): z.core.$ZodType[] {
  let level = open(root)
  for (const step of path) level = level.flatMap((schema) => child(schema, step)).flatMap(open)
  return level
}

/** What may be written at a path where `expected` is missing. */
export function exampleAt(root: z.ZodType, path: Path, expected: string): string | undefined {
  return schemasAt(root, path)
    .map((schema) => exampleOf(schema, expected))
    .find((example) => example !== undefined)
}

/** Names of the keys that an object at `path` may have. */
export function knownKeys(root: z.ZodType, path: Path): string[] {
  return [...new Set(schemasAt(root, path).flatMap((s) => (s instanceof z.ZodObject ? Object.keys(s.shape) : [])))]
}

/**
 * The text of an interpolated value as the type that the schema wants there: `"8080"` → 8080, `"false"` → false.
 * Text stays text where text is allowed.
 */
export function convert(root: z.ZodType, path: Path, text: string): unknown {
  const schemas = schemasAt(root, path)
  const accepted = (value: unknown): boolean => schemas.some((schema) => z.safeParse(schema, value).success)
  if (accepted(text)) return text
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(number) && accepted(number)) return number
  if ((text === 'true' || text === 'false') && accepted(text === 'true')) return text === 'true'
  return text
}

function child(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape
    const inner = Object.hasOwn(shape, step) ? shape[step] : undefined
    return inner === undefined ? [] : [inner]
  }
  if (schema instanceof z.ZodRecord) return [schema.valueType]
  if (schema instanceof z.ZodArray) return [schema.element]
  return []
}

/** Transforms keep their own level, so that `convert` runs them; what is below is found behind them. */
function open(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional) return open(schema.unwrap())
  if (schema instanceof z.ZodUnion) return [...schema.options].flatMap(open)
  return [schema]
}
