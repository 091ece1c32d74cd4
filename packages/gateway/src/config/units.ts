// Durations, sizes, percentages and status ranges as people write them. Each parser returns undefined for anything
// that is not exactly of its form: the caller knows the name of the option and says what would be right.

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** The longest time a Node timer can wait (2³¹ − 1 ms, 24.8 days); a longer one would fire at once. */
const LONGEST_DURATION_MS = 2_147_483_647

const QUANTITY = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]*)$/

/** `500ms`, `30s`, `5m`, `1h`, `2d`, or milliseconds as a number; → whole milliseconds from 0 to 2³¹ − 1. */
export function parseDuration(value: number | string): number | undefined {
  const ms = typeof value === 'number' ? value : quantity(value, MILLISECONDS)
  if (ms === undefined || !Number.isFinite(ms) || ms < 0) return undefined
  const whole = Math.round(ms)
  // 0.4 ms is not "off": what was not zero must not become zero.
  if (whole > LONGEST_DURATION_MS || (whole === 0 && ms > 0)) return undefined
  return whole
}

/** `10MiB`, `64KiB`, `1GB`, `512B`, or bytes as a number; → whole bytes from 0 to 2⁵³ − 1. */
export function parseSize(value: number | string): number | undefined {
  const bytes = typeof value === 'number' ? value : quantity(value, BYTES)
  return bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined
}

/** `50`, `"50%"` or `"12.5%"`; → a number above 0, at most 100. */
export function parsePercentage(value: number | string): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,3}(?:\.\d{1,6})?) ?%?$/.exec(value) : null
  const percent = typeof value === 'number' ? value : match === null ? Number.NaN : Number(match[1])
  return percent > 0 && percent <= 100 ? percent : undefined
}

/** `2xx`, `204` or `200-399`; → the range of status codes, inclusive. */
export function parseStatusRange(value: number | string): { min: number; max: number } | undefined {
  const text = String(value)
  if (/^[1-5]xx$/i.test(text)) {
    const min = Number(text[0]) * 100
    return { min, max: min + 99 }
  }
  const match = /^([1-5]\d\d)(?: ?- ?([1-5]\d\d))?$/.exec(text)
  if (match === null) return undefined
  const min = Number(match[1])
  const max = Number(match[2] ?? match[1])
  return min <= max ? { min, max } : undefined
}

/** A bare number counts in the base unit: `${TIMEOUT_MS}` arrives as text. */
function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = QUANTITY.exec(text.trim())
  if (match === null) return undefined
  const [, amount = '', unit = ''] = match
  if (unit === '') return Number(amount)
  // Object.hasOwn: `5constructor` must not find Object.prototype.
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  if (factor === undefined) return undefined
  // 1.1 * 1000 is 1100.0000000000002: round what is only the noise of binary fractions.
  const product = Number(amount) * factor
  return Math.abs(product - Math.round(product)) < 1e-6 * factor ? Math.round(product) : product
}
