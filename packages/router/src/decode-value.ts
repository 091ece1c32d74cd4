/** Percent-decoded; as it came if an escape is malformed (`%zz`, or bytes that are not UTF-8). */
export function decodeValue(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
