/** Node's own size of a read. */
const READ_BYTES = 65_536

/** Read into by every upstream socket whose body is short: 64 KiB for all of them and not for each. */
export const SHARED_READ_BUFFER: Buffer = Buffer.allocUnsafeSlow(READ_BYTES)

/** A buffer for the socket of a long body. */
export function ownReadBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(READ_BYTES)
}
