/** Ends one claim on an isolated circuit. Disposing it twice does nothing. */
export interface IsolationHandle extends Disposable {
  dispose(): void
}

/**
 * Who wants a circuit isolated. It stays so until every handle of the episode is disposed; a handle of an episode
 * that ended otherwise (forced, reset) has lost its meaning.
 */
export class IsolationHandles {
  #episode = 0
  #held = 0

  /** Called when the circuit leaves the isolated state: handles given out so far do nothing from now on. */
  end(): void {
    this.#episode++
    this.#held = 0
  }

  take(onLast: () => void): IsolationHandle {
    const episode = this.#episode
    let disposed = false
    this.#held++
    const dispose = (): void => {
      if (disposed) return
      disposed = true
      if (episode !== this.#episode) return
      this.#held--
      if (this.#held === 0) onLast()
    }
    return { dispose, [Symbol.dispose]: dispose }
  }
}
