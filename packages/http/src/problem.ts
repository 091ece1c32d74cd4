import { STATUS_CODES } from 'node:http'

export interface Problem {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Body and header fields of an error answer, `application/problem+json` (RFC 9457).
 * `extra` adds members; it cannot replace `type`, `title`, `status` and `detail`.
 *
 * @param status HTTP status, 400–599
 * @param title  short name of the kind of problem; default: the standard phrase of the status
 * @param detail what happened in this case; left out when empty
 */
export function problem(
  status: number,
  title: string = STATUS_CODES[status] ?? 'Error',
  detail = '',
  extra: Readonly<Record<string, unknown>> = {},
): Problem {
  const standard = { type: 'about:blank', title, status, ...(detail === '' ? {} : { detail }) }
  // First for the eye, last so that no extra member replaces them.
  const members = { ...standard, ...extra, ...standard }
  return {
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: `${JSON.stringify(members)}\n`,
  }
}
