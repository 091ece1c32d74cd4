/**
 * Throws an error where nobody can catch it, as a host does with an error of an event listener: whoever observes must
 * not change what is observed, and must not fail in silence either.
 */
export function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
