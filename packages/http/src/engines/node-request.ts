import { CollectedBody, collectBody } from '../connection/collected-body.ts'
import { type BodyWatcher, RequestBody } from '../connection/request-body.ts'
import { BodyTooLargeError, ClientAbortError, StateError } from '../errors.ts'
import type { RequestHead } from '../wire/request-head.ts'
import type { PendingRequest, RequestMessage, ResponseMessage } from './message.ts'

/** Told once about the end of a request body, or that it is too large. */
export interface RequestOwner {
  requestOver(): void
  bodyTooLarge(): void
}

/** The request of one exchange on node:http: its body, who has taken how much of it, and when it is over. */
export class ClientRequest implements BodyWatcher {
  readonly head: RequestHead
  readonly hasBody: boolean
  /** The body has ended or was given up; true from the start without one. */
  isOver: boolean
  readonly #req: RequestMessage
  readonly #res: ResponseMessage
  readonly #owner: RequestOwner
  readonly #maxBodyBytes: number
  #takenBytes = 0
  #expectsContinue: boolean
  #isCollecting = false
  #collected: CollectedBody | null = null
  #rejectCollecting: ((error: Error) => void) | null = null

  constructor(
    { req, res, expectsContinue }: PendingRequest,
    head: RequestHead,
    maxBodyBytes: number,
    owner: RequestOwner,
  ) {
    this.head = head
    this.hasBody = head.chunked || head.contentLength > 0
    this.isOver = !this.hasBody
    this.#req = req
    this.#res = res
    this.#owner = owner
    this.#maxBodyBytes = maxBodyBytes
    this.#expectsContinue = expectsContinue
    req.on('error', ignore)
    if (!this.hasBody) return
    const over = (): void => {
      if (this.isOver) return
      this.isOver = true
      owner.requestOver()
    }
    req.once('end', over)
    req.once('close', over)
  }

  get rawHeaders(): readonly string[] {
    return this.#req.rawHeaders
  }

  /** No byte of the body was taken: it can still be sent somewhere. */
  get isUntouched(): boolean {
    return this.#takenBytes === 0
  }

  /** Bytes that are to be read away if nobody takes them; Infinity if unknown. */
  get remainingBytes(): number {
    if (this.isOver || this.#req.complete) return 0
    return this.head.chunked ? Number.POSITIVE_INFINITY : this.head.contentLength - this.#takenBytes
  }

  /** The body as a stream for one attempt. */
  openBody(): RequestBody {
    return new RequestBody(this.#collected ?? this.#req, this)
  }

  /** The whole body, which can be forwarded afterwards. Rejects as `RequestContext.readBody`. */
  async collect(maxBytes: number): Promise<Buffer> {
    if (this.#isCollecting) throw new StateError('The body of this request was already read')
    this.#isCollecting = true
    if (!this.hasBody) return Buffer.alloc(0)
    if (!this.head.chunked && this.head.contentLength > maxBytes) throw new BodyTooLargeError(maxBytes)
    this.continue()
    const bytes = await Promise.race([collectBody(this.#req, maxBytes), this.#untilGivenUp()])
    this.#collected = new CollectedBody(bytes)
    return bytes
  }

  /** No more of the body is waited for: the client left, or its bytes are malformed. */
  giveUp(): void {
    this.isOver = true
    this.#rejectCollecting?.(new ClientAbortError('The request body ended early'))
  }

  #untilGivenUp(): Promise<never> {
    return new Promise((_, reject) => {
      this.#rejectCollecting = reject
    })
  }

  bodyConsumed(bytes: number): void {
    const before = this.#takenBytes
    this.#takenBytes += bytes
    if (this.#takenBytes > this.#maxBodyBytes && before <= this.#maxBodyBytes) this.#owner.bodyTooLarge()
  }

  /** Sends `100 Continue` to a client that asked for it; once. */
  continue(): void {
    if (!this.#expectsContinue) return
    this.#expectsContinue = false
    this.#res.writeContinue()
  }

  /** Lets the rest of the body pass unread, so that the connection can go on or close cleanly. */
  readAway(): void {
    if (!this.isOver) this.#req.resume()
  }
}

function ignore(): void {}
