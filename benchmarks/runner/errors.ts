/** The command was typed wrongly: nothing has run. Exit code 2. */
export class UsageError extends Error {
  readonly code = 'ERR_BENCH_USAGE'
  override readonly name = 'UsageError'
}

/** A contender gave a wrong answer, crashed, hung or printed: the figures of this run are worth nothing. Exit code 1. */
export class RunFailure extends Error {
  readonly code = 'ERR_BENCH_RUN'
  override readonly name = 'RunFailure'
}
