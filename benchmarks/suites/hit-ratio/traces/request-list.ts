/** Key numbers in the order of the requests: an array that doubles. */
export class RequestList {
  #requests = new Int32Array(1 << 16)
  #length = 0

  push(key: number): void {
    if (this.#length === this.#requests.length) {
      const longer = new Int32Array(this.#length * 2)
      longer.set(this.#requests)
      this.#requests = longer
    }
    this.#requests[this.#length++] = key
  }

  finish(): Int32Array {
    return this.#requests.slice(0, this.#length)
  }
}
