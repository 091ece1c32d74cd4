interface Shared {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

/** One listener per signal, however many loads its owner waits for: Node 20 warns of more than ten. */
const bySignal: WeakMap<AbortSignal, Shared> = new WeakMap()

/** Calls back once when the signal aborts. O(1). */
export function onAbort(signal: AbortSignal, callback: () => void): void {
  let shared = bySignal.get(signal)
  if (shared === undefined) {
    const callbacks = new Set<() => void>()
    const listener = (): void => {
      // What is taken back meanwhile is not called any more.
      for (const each of callbacks) each()
      bySignal.delete(signal)
    }
    shared = { callbacks, listener }
    bySignal.set(signal, shared)
    signal.addEventListener('abort', listener, { once: true })
  }
  shared.callbacks.add(callback)
}

/** Takes the callback back. */
export function offAbort(signal: AbortSignal, callback: () => void): void {
  const shared = bySignal.get(signal)
  if (shared === undefined) return
  shared.callbacks.delete(callback)
  if (shared.callbacks.size > 0) return
  bySignal.delete(signal)
  signal.removeEventListener('abort', shared.listener)
}
