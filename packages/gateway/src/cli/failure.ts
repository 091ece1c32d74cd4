// The two ways a command ends without success. Anything else that is thrown is a defect and shown with its stack.

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {
  readonly fix: string | undefined
  constructor(message: string, fix?: string) {
    super(message)
    this.name = 'UsageError'
    this.fix = fix
  }
}

/** The value of an option cannot be used; another one could. */
export class OptionError extends UsageError {
  readonly option: string
  readonly example: string
  constructor(message: string, option: string, example: string) {
    super(message, `--${option} ${example}`)
    this.option = option
    this.example = example
  }
}

/** The command was understood and could not be done: exit code 1. */
export class CommandFailure extends Error {
  readonly fix: string | undefined
  constructor(message: string, fix?: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandFailure'
    this.fix = fix
  }
}
