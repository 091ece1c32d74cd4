// Result of a head scan: ONE object per kind of head, overwritten by each scan and consumed before the next one, so that
// a request allocates nothing for it. All offsets are relative to `start`, the first byte of the first line; they fit
// the latin1 string of the bytes from `start`.
//
//      start                fieldsStart                          fieldsEnd   end
//        ▼                      ▼                                    ▼        ▼
//        GET /a?b HTTP/1.1 CRLF Host: a.test CRLF Connection: close CRLF CRLF body…
//            ▲ ▲ ▲                    ▲     ▲     └──── dropped ────┘
//  targetStart │ targetEnd    fields[2]     fields[3]
//           pathEnd

/** A whole, acceptable head was found. */
export const ACCEPTED = 0
/** The head goes on behind the bytes given: keep them and scan again with more. Any other result is a refusal: a status. */
export const INCOMPLETE = -1

/** Flags of the path for policy: bytes that two servers may read differently. */
export const PATH_PERCENT = 1
/** A segment `.` or `..`. */
export const PATH_DOT_SEGMENT = 2
export const PATH_DOUBLE_SLASH = 4
export const PATH_SEMICOLON = 8
export const PATH_BACKSLASH = 16

/** Most field lines that any rules may allow: the size of the table of fields. */
export const MOST_FIELDS = 2_000
/** More names than this in Connection have no honest use. */
export const MOST_CONNECTION_NAMES = 32

/** What one listener or target accepts. Made once; `trustsForwarding` is the only one that differs between peers. */
export interface HeadRules {
  /** Bytes of a head, its empty line included; more are refused with 431. Default 16,384. */
  readonly maxHeadBytes: number
  /** Field lines; more are refused with 431. Range 0-2,000. Default 100. */
  readonly maxFields: number
  /** Longest Content-Length; more is refused with 413. Default: no limit. */
  readonly maxBodyBytes: number
  /** Fields with an underscore in their name: removed and counted, passed on, or refused with 400. Default 'drop'. */
  readonly underscores: 'drop' | 'allow' | 'reject'
  /** TRACE is refused with 405 unless a route wants it. Default false. */
  readonly allowTrace: boolean
  /** X-Forwarded-*, X-Real-IP and Forwarded of this peer are believed; otherwise they are removed. Default false. */
  readonly trustsForwarding: boolean
}

export const DEFAULT_RULES: HeadRules = {
  maxHeadBytes: 16_384,
  maxFields: 100,
  maxBodyBytes: Number.POSITIVE_INFINITY,
  underscores: 'drop',
  allowTrace: false,
  trustsForwarding: false,
}

export class ScannedHead {
  /** Why it was refused; for the detail of the answer and for logs. Empty when accepted. */
  reason = ''
  /** Absolute offset of the first line: behind a CRLF that was skipped. */
  start = 0
  /** Absolute offset behind the empty line: the first byte of the body. */
  end = 0
  /** HTTP/1.`minor`: 0 or 1. */
  minor = 1
  /** Request method. */
  method = ''
  targetStart = 0
  targetEnd = 0
  /** End of the path: the first `?` or the end of the target. */
  pathEnd = 0
  /** Bits of PATH_*. */
  pathFlags = 0
  /** Response status. */
  status = 0
  /** Offset of the first field line, and behind the last one. */
  fieldsStart = 0
  fieldsEnd = 0
  fieldCount = 0
  /** nameStart, nameEnd, valueStart, valueEnd of each field line; values without outer blanks. */
  readonly fields: Int32Array = new Int32Array(MOST_FIELDS * 4)
  /** Which of the known names (`field-names.ts`) a field line has; DROPPED is added if it is not passed on. */
  readonly kinds: Uint8Array = new Uint8Array(MOST_FIELDS)
  droppedCount = 0
  /** Fields removed for an underscore in their name. */
  underscoreCount = 0
  /** Content-Length, -1 without one. */
  contentLength = -1
  chunked = false
  /** The connection may be used again as far as this head says. */
  keepAlive = true
  /** The client waits for `100 Continue` before it sends the body. */
  expectContinue = false
  /**
   * Request: a GET that asks for another protocol as it should (HTTP/1.1, `Connection: upgrade`, one Upgrade field, no
   * body). Response: names one. Its value lies between upgradeStart and upgradeEnd.
   */
  upgrade = false
  upgradeStart = 0
  upgradeEnd = 0
  /** Value of Host; -1 without one (HTTP/1.0). */
  hostStart = -1
  hostEnd = -1
  /** Value of Keep-Alive, a hint of an upstream; -1 without one. */
  keepAliveStart = -1
  keepAliveEnd = -1

  // Of the Connection fields; the scan itself is the only reader.
  sawClose = false
  sawKeepAlive = false
  sawUpgrade = false
  upgradeCount = 0
  hostCount = 0
  connectionNames = 0
  nominatedCount = 0
  /** nameStart, nameEnd of the names in Connection that are field names. */
  readonly nominated: Int32Array = new Int32Array(MOST_CONNECTION_NAMES * 2)

  /** A scan begins at `start`. */
  begin(start: number): void {
    this.start = start
    this.clear()
  }

  /** Forgets the previous head. The tables are overwritten as far as the counts say. */
  clear(): void {
    this.reason = ''
    this.end = this.start
    this.fieldCount = 0
    this.droppedCount = 0
    this.underscoreCount = 0
    this.contentLength = -1
    this.chunked = false
    this.keepAlive = true
    this.expectContinue = false
    this.upgrade = false
    this.upgradeStart = this.upgradeEnd = 0
    this.hostStart = this.hostEnd = -1
    this.keepAliveStart = this.keepAliveEnd = -1
    this.sawClose = this.sawKeepAlive = this.sawUpgrade = false
    this.upgradeCount = 0
    this.hostCount = 0
    this.connectionNames = 0
    this.nominatedCount = 0
  }

  /** Refuses for the byte at `at`; but if that lies at or behind `stop`, it is only the end of what was received. */
  fault(at: number, stop: number, status: number, reason: string): number {
    return at >= stop ? INCOMPLETE : this.refuse(status, reason)
  }

  refuse(status: number, reason: string): number {
    this.reason = reason
    return status
  }
}

/** Added to the kind of a field line that is not passed on. */
export const DROPPED = 0x80

/** The request head scanned last. */
export const requestHead: ScannedHead = new ScannedHead()
/** The response head scanned last. */
export const responseHead: ScannedHead = new ScannedHead()
