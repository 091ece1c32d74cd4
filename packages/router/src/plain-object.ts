/**
 * Is it `{ … }`, whatever realm made it, or an object without a prototype? Only there do `Object.keys` and
 * `Object.entries` tell all: a Map, Headers or URLSearchParams has its contents elsewhere and would seem to be empty.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}
