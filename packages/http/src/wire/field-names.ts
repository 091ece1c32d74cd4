import { FOLD } from './bytes.ts'

// The field names that the engine treats. Everything else is passed on unread.

export const OTHER = 0
export const HOST_FIELD = 1
export const CONTENT_LENGTH = 2
export const TRANSFER_ENCODING = 3
export const CONNECTION = 4
export const UPGRADE = 5
export const EXPECT = 6
/** Keep-Alive: of one connection, and a hint how long the peer will keep it. */
export const KEEP_ALIVE = 7
/** TE, Trailer, Proxy-Connection, Proxy-Authenticate, Proxy-Authorization: removed unread. */
const HOP_BY_HOP = 8
export const FORWARDED = 9
export const X_FORWARDED_FOR = 10
export const X_FORWARDED_PROTO = 11
export const X_FORWARDED_HOST = 12
/** X-Forwarded-Port, X-Real-IP. */
export const OTHER_FORWARDING = 13

// Length and first letter tell most names apart from ours: any other field line costs its two inner loops and this one
// look-up. `& 31` folds the case of a letter; what else it folds is told apart below.
const CANDIDATES = new Uint8Array(20 * 32)
for (const name of [
  ...['te', 'host', 'expect', 'upgrade', 'trailer', 'forwarded', 'x-real-ip', 'connection', 'keep-alive'],
  ...['content-length', 'x-forwarded-for', 'proxy-connection', 'x-forwarded-host', 'x-forwarded-port'],
  ...['transfer-encoding', 'x-forwarded-proto', 'proxy-authenticate', 'proxy-authorization'],
]) {
  CANDIDATES[name.length * 32 + (name.charCodeAt(0) & 31)] = 1
}

/**
 * Which of the names above the bytes spell, in any case, with `_` read as `-`. A name that is ours only when its
 * underscores are read as dashes must be refused by the caller. O(1).
 */
export function knownName(bytes: Uint8Array, at: number, length: number): number {
  if (length > 19 || CANDIDATES[length * 32 + ((bytes[at] as number) & 31)] === 0) return OTHER
  switch (length) {
    case 2:
      return folds(bytes, at, 'te') ? HOP_BY_HOP : OTHER
    case 4:
      return folds(bytes, at, 'host') ? HOST_FIELD : OTHER
    case 6:
      return folds(bytes, at, 'expect') ? EXPECT : OTHER
    case 7:
      return folds(bytes, at, 'upgrade') ? UPGRADE : folds(bytes, at, 'trailer') ? HOP_BY_HOP : OTHER
    case 9:
      return folds(bytes, at, 'forwarded') ? FORWARDED : folds(bytes, at, 'x-real-ip') ? OTHER_FORWARDING : OTHER
    case 10:
      return folds(bytes, at, 'connection') ? CONNECTION : folds(bytes, at, 'keep-alive') ? KEEP_ALIVE : OTHER
    case 14:
      return folds(bytes, at, 'content-length') ? CONTENT_LENGTH : OTHER
    case 15:
      return folds(bytes, at, 'x-forwarded-for') ? X_FORWARDED_FOR : OTHER
    case 16:
      if (folds(bytes, at, 'proxy-connection')) return HOP_BY_HOP
      if (folds(bytes, at, 'x-forwarded-host')) return X_FORWARDED_HOST
      return folds(bytes, at, 'x-forwarded-port') ? OTHER_FORWARDING : OTHER
    case 17:
      if (folds(bytes, at, 'transfer-encoding')) return TRANSFER_ENCODING
      return folds(bytes, at, 'x-forwarded-proto') ? X_FORWARDED_PROTO : OTHER
    case 18:
      return folds(bytes, at, 'proxy-authenticate') ? HOP_BY_HOP : OTHER
    default:
      return folds(bytes, at, 'proxy-authorization') ? HOP_BY_HOP : OTHER
  }
}

function folds(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (FOLD[bytes[at + i] as number] !== word.charCodeAt(i)) return false
  return true
}
