import type { Socket } from 'node:net'

/**
 * Closes a connection so that its peer sees an error and not an end: for an answer that only the end of the connection
 * ends. TLS and socket files have no reset; there the missing close_notify must do, or nothing says it.
 */
export function resetConnection(socket: Socket): void {
  try {
    socket.resetAndDestroy()
  } catch {
    // ERR_INVALID_HANDLE_TYPE: no TCP socket.
    socket.destroy()
  }
}
