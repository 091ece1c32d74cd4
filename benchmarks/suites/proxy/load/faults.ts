/** Every kind of failure with how often it was seen: one is enough to void a row. */
export class Faults {
  readonly #counts = new Map<string, number>()

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** `3 × ECONNRESET`, most frequent first. */
  list(): string[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} × ${what}`)
  }
}

/** `ECONNRESET` where the system has a name for it, else what the error says. */
export function nameOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message
}
