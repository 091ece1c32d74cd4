// The line of a file a problem is on, with a caret under the place.

/** Widest piece of a line that is shown: the report shall not wrap on a terminal of 100 columns. */
const WIDTH = 84

/** `   9 |     upstream: ap` and the caret line below it. `line` and `column` count from 1. */
export function excerpt(text: string, line: number, column: number, length: number): string | undefined {
  const source = text.split(/\r\n|\n|\r/)[line - 1]
  if (source === undefined) return undefined
  const shown = printable(maskCredentials(source))
  const at = Math.min(column - 1, shown.length)
  // Long lines (minified JSON) are cut to a window around the place.
  const start = shown.length <= WIDTH ? 0 : Math.max(0, Math.min(at - 30, shown.length - WIDTH))
  const piece = shown.slice(start, start + WIDTH)
  const lead = start > 0 ? '…' : ''
  const tail = start + WIDTH < shown.length ? '…' : ''
  const gutter = String(line).padStart(4)
  const caret = '^'.repeat(Math.max(1, Math.min(length, piece.length - (at - start))))
  return `${gutter} | ${lead}${piece}${tail}\n     | ${' '.repeat(lead.length + at - start)}${caret}`
}

/** Same length, so that the caret stays in place. */
export function maskCredentials(text: string): string {
  return text.replaceAll(/(:\/\/)([^/\s"'@]+)(?=@)/g, (_, slashes: string, secret: string) => {
    return slashes + '*'.repeat(secret.length)
  })
}

/** A tab counts as one column, and nothing in a file may steer the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replaceAll('\t', ' ').replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, '\ufffd')
}
