/** The most of a head that is collected; no contender sends more than a kilobyte. */
const LONGEST_HEAD = 65_536

type Phase = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'done'

/**
 * Finds the end of one response after another, from pieces as a socket delivers them. It is the load's, so it is made to
 * cost little: a head that equals the last one is recognized by one comparison and not read again.
 *
 *    head ──► length ───────────────────────────────► done
 *         └─► chunk-size ──► chunk-data ──► chunk-end     ▲
 *                 ▲  └─ 0 ──► trailer ─────────┼──────────┘
 *                 └────────────────────────────┘
 */
export class ResponseReader {
  status = 0
  /** Bytes of the body so far, framing excluded. */
  bodyBytes = 0
  #phase: Phase = 'head'
  #left = 0
  #text = ''
  #knownHead = ''
  #knownLength = 0
  #knownStatus = 0

  get done(): boolean {
    return this.#phase === 'done'
  }

  /** Ready for the next response. */
  begin(): void {
    this.#phase = 'head'
    this.#text = ''
    this.bodyBytes = 0
  }

  /**
   * @returns the index behind what belongs to this response
   * @throws {Error} for what is no response, or one that ends with its connection
   */
  push(bytes: Buffer, start: number, end: number): number {
    let at = start
    if (this.#phase === 'head') {
      at = this.#readHead(bytes, start, end)
      if (this.#phase === 'head') return at
    }
    if (this.#phase !== 'length') return this.#readChunked(bytes, at, end)
    const taken = Math.min(this.#left, end - at)
    this.#left -= taken
    this.bodyBytes += taken
    if (this.#left === 0) this.#phase = 'done'
    return at + taken
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    const { length } = this.#knownHead
    if (this.#text === '' && length > 0 && end - start >= length && bytes[start + length - 1] === 10) {
      if (bytes.toString('latin1', start, start + length) === this.#knownHead) {
        this.#startBody()
        return start + length
      }
    }
    const before = this.#text.length
    this.#text += bytes.toString('latin1', start, end)
    const blank = this.#text.indexOf('\r\n\r\n')
    if (blank < 0) {
      if (this.#text.length > LONGEST_HEAD) throw new Error('a response head without end')
      return end
    }
    this.#learn(this.#text.slice(0, blank + 4))
    this.#text = ''
    this.#startBody()
    return start + blank + 4 - before
  }

  #learn(head: string): void {
    const status = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head)?.[1]
    if (status === undefined) throw new Error(`no response: ${JSON.stringify(head.slice(0, 40))}`)
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1]
    const chunked = /\r\ntransfer-encoding: *chunked\r\n/i.test(head)
    if (length === undefined && !chunked) throw new Error('a response without length, ended by its connection')
    this.#knownHead = head
    this.#knownStatus = Number(status)
    this.#knownLength = chunked ? -1 : Number(length)
  }

  #startBody(): void {
    this.status = this.#knownStatus
    this.#left = Math.max(0, this.#knownLength)
    this.#phase = this.#knownLength < 0 ? 'chunk-size' : this.#left === 0 ? 'done' : 'length'
  }

  #readChunked(bytes: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && this.#phase !== 'done') {
      if (this.#phase === 'chunk-data') {
        const taken = Math.min(this.#left, end - at)
        this.#left -= taken
        this.bodyBytes += taken
        at += taken
        if (this.#left === 0) this.#phase = 'chunk-end'
        continue
      }
      const byte = bytes[at++] ?? 0
      if (byte !== 10) {
        if (byte !== 13) this.#text += String.fromCharCode(byte)
        continue
      }
      this.#endLine()
    }
    return at
  }

  /** A line of the framing is complete: the end of a chunk, a size, or a trailer. */
  #endLine(): void {
    const line = this.#text
    this.#text = ''
    if (this.#phase === 'trailer') {
      if (line === '') this.#phase = 'done'
      return
    }
    if (this.#phase === 'chunk-end') {
      if (line !== '') throw new Error(`a chunk longer than its size: ${JSON.stringify(line)}`)
      this.#phase = 'chunk-size'
      return
    }
    if (!/^[0-9a-f]+(;.*)?$/i.test(line)) throw new Error(`no chunk size: ${JSON.stringify(line)}`)
    this.#left = Number.parseInt(line, 16)
    this.#phase = this.#left === 0 ? 'trailer' : 'chunk-data'
  }
}
