/**
 * How long a Retry-After header asks to wait, in ms: delta-seconds or an HTTP date (RFC 9110, 10.2.3). Undefined when
 * there is none or it is neither. `now`: time of day, ms.
 */
export function parseRetryAfter(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) || !/[a-z]/i.test(text) ? undefined : Math.max(date - now, 0)
}

/** What a status says about the endpoint. A client's mistake (4xx) is no failure of the endpoint. */
export function outcomeOfStatus(status: number, hasRetryAfter: boolean): 'ok' | 'error' | 'rate-limited' {
  if (status === 429 || (status === 503 && hasRetryAfter)) return 'rate-limited'
  return status >= 500 ? 'error' : 'ok'
}
