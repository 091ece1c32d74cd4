// Where a text stops being JSON. `JSON.parse` knows that it does, but does not always say where, and the YAML parser that
// reads both languages forgives what JSON forbids: comments, single quotes, a comma before a bracket.

export interface JsonFault {
  readonly offset: number
  /** `a comma or "}"`: what could stand there. */
  readonly expected: string
  readonly fix: string
}

const SPACE = /[ \t\n\r]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JSON forbids in a text
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y

type Place = 'value' | 'first item' | 'key' | 'first key' | 'colon' | 'next' | 'end'
type Closing = '}' | ']'

/** Where the bracket that is open may be closed. */
const CLOSABLE: ReadonlySet<Place> = new Set<Place>(['first item', 'first key', 'next'])

/**
 * The first place that is not JSON (RFC 8259), or null if all of it is.
 *
 *   value ──► next ──`,`──► value | key        brackets that are open: a stack of what closes them
 *     │ `{` ► first key ► colon ► value
 *     └ `[` ► first item ► next
 *
 * O(length), without recursion.
 */
export function jsonFault(text: string): JsonFault | null {
  const open: Closing[] = []
  let place: Place = 'value'
  let at = lengthOf(SPACE, text, 0)
  while (place !== 'end' || at < text.length) {
    const closing = open.at(-1)
    const mark = text.charAt(at)
    let length = 1
    let next: Place
    if (mark === closing && CLOSABLE.has(place)) {
      open.pop()
      next = open.length === 0 ? 'end' : 'next'
    } else if (place === 'next' && mark === ',') {
      next = closing === '}' ? 'key' : 'value'
    } else if (place === 'colon' && mark === ':') {
      next = 'value'
    } else if (place === 'key' || place === 'first key') {
      length = lengthOf(TEXT, text, at)
      next = 'colon'
    } else if (place !== 'value' && place !== 'first item') {
      return fault(text, at, place, closing)
    } else if (mark === '{' || mark === '[') {
      open.push(mark === '{' ? '}' : ']')
      next = mark === '{' ? 'first key' : 'first item'
    } else {
      length = lengthOf(mark === '"' ? TEXT : SCALAR, text, at)
      next = open.length === 0 ? 'end' : 'next'
    }
    if (length === 0) return fault(text, at, place, closing)
    place = next
    at += length
    at += lengthOf(SPACE, text, at)
  }
  return null
}

/** Length of what the sticky pattern finds at an offset; 0 = nothing. */
function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}

function fault(text: string, offset: number, place: Place, closing: Closing | undefined): JsonFault {
  return { offset, expected: expectedAt(place, closing), fix: fixAt(text, offset, place) }
}

function expectedAt(place: Place, closing: Closing | undefined): string {
  switch (place) {
    case 'key':
      return 'a key in double quotes'
    case 'first key':
      return 'a key in double quotes or "}"'
    case 'colon':
      return '":"'
    case 'next':
      return `"," or "${closing}"`
    case 'first item':
      return 'a value or "]"'
    case 'value':
      return 'a value'
    case 'end':
      return 'the end of the file'
  }
}

function fixAt(text: string, offset: number, place: Place): string {
  const mark = text.charAt(offset)
  if (mark === '') return 'close the brackets and quotes that are open'
  if (mark === '/' || mark === '#') return 'JSON has no comments: remove it, or name the file breakwater.yaml'
  if (mark === '}' || mark === ']') {
    return text.slice(0, offset).trimEnd().endsWith(',') ? 'remove the "," before it' : 'look for a bracket too many'
  }
  if (mark === '"' && place === 'next') return 'put "," between the two'
  if (mark === '"') return 'close the quotes on the same line, and write \\ as \\\\'
  if (place === 'end') return 'remove what follows'
  return place === 'colon' || place === 'next' ? 'look at what stands before it' : 'put it in double quotes'
}
