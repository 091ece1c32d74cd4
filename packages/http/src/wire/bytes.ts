// Character classes of the grammar as tables: one look-up per byte is the whole lexer. No regular expression, no string.
//
//   NAME    0 stop   1 tchar   2 '_'
//   VALUE   0 stop   1 HTAB, SP, 0x21-0x7E, 0x80-0xFF
//   TARGET  0 stop   1 plain   2.. a byte that path policy looks at
//   HOST    0 stop   1 reg-name   2 '%'

export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const COLON = 0x3a
export const COMMA = 0x2c

/** Field names: RFC 9110 tchar, with the underscore apart, because some servers read it as a dash. */
export const NAME: Uint8Array = table("!#$%&'*+-.^`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
NAME[0x5f] = 2

/** Field values and reason phrases: no NUL, CR, LF, DEL or other control. */
export const VALUE: Uint8Array = range(0x20, 0xff)
VALUE[0x7f] = 0
VALUE[TAB] = 1

/** Upper-case letters, digits and the dash. */
export const METHOD: Uint8Array = table('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')

export const TARGET_SLASH = 2
const TARGET_QUERY = 3
export const TARGET_PERCENT = 4
export const TARGET_SEMICOLON = 5
export const TARGET_BACKSLASH = 6
/** Request targets: visible ASCII without `#`. */
export const TARGET: Uint8Array = range(0x21, 0x7e)
TARGET[0x23] = 0
TARGET[0x2f] = TARGET_SLASH
TARGET[0x3f] = TARGET_QUERY
TARGET[0x25] = TARGET_PERCENT
TARGET[0x3b] = TARGET_SEMICOLON
TARGET[0x5c] = TARGET_BACKSLASH

export const HOST_PERCENT = 2
/** reg-name of RFC 3986 (unreserved, sub-delims, escapes) without the comma: a list of hosts must not pass. */
export const HOST: Uint8Array = table("-._~!$&'()*+;=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
HOST[0x25] = HOST_PERCENT

/** Value of a hexadecimal digit, 255 for other bytes. */
export const HEX: Uint8Array = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++) {
  const letter = digit.toString(16)
  HEX[letter.charCodeAt(0)] = digit
  HEX[letter.toUpperCase().charCodeAt(0)] = digit
}

/** Lower case, and `_` as `-`: what a careless server reads. */
export const FOLD: Uint8Array = new Uint8Array(256)
/** Lower case. */
export const LOWER: Uint8Array = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
  LOWER[byte] = lower
  FOLD[byte] = byte === 0x5f ? 0x2d : lower
}

function table(characters: string): Uint8Array {
  const classes = new Uint8Array(256)
  for (let i = 0; i < characters.length; i++) classes[characters.charCodeAt(i)] = 1
  return classes
}

function range(first: number, last: number): Uint8Array {
  return new Uint8Array(256).fill(1, first, last + 1)
}

/**
 * True if the bytes from `at` spell the lower-case `word`, in any case. `| 0x20` folds letters and leaves dashes and
 * digits alone; the control characters that it would also fold onto those were refused before. The caller knows that
 * the length fits.
 */
export function spells(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (((bytes[at + i] as number) | 0x20) !== word.charCodeAt(i)) return false
  return true
}

/** 1-15 digits and nothing else, so that the number is exact; otherwise -1. No sign, blank, list, hexadecimal. */
export function decimal(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to || to - from > 15) return -1
  let number = 0
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] as number) - 0x30
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return number
}
