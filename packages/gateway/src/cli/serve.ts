// Runs a gateway until a signal, then drains.
import { isatty } from 'node:tty'
import type { GatewayConfig } from '../config/config.ts'
import { Gateway } from '../gateway.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'
import { explainListenError } from './listen-error.ts'
import type { TypedCommand } from './program-name.ts'
import { guardOutput, isLostTerminal, type Terminal } from './terminal.ts'

export interface ServeOptions {
  /** For the line that a failure proposes. */
  readonly typed: TypedCommand
  /** Called once, when requests are accepted. */
  onListening?(gateway: Gateway): void
  /** What else to stop, after the last request. */
  onStopped?(): Promise<void>
}

/** One Ctrl-C arrives two or three times when npm stands between; a second one that is meant comes later. */
const SECOND_SIGNAL_MS = 1000

/**
 * Resolves with the exit code after a clean stop: 0. A second INT or TERM at least one second after the first ends the
 * process at once with 130 or 143.
 *
 * @throws CommandFailure if the ports cannot be opened; then nothing is left open
 */
export async function serve(config: GatewayConfig, terminal: Terminal, options: ServeOptions): Promise<number> {
  const log = createLogger(config.observability.log)
  const gateway = new Gateway(config, { logger: log, announce: !terminal.isInteractive })
  const hasTls = [config.server.listen, ...(config.server.listenAlso ?? [])].some(({ tls }) => tls !== undefined)
  const signals = new SignalWatch(log, hasTls ? () => gateway.reloadCertificates() : null)
  try {
    await gateway.start()
    options.onListening?.(gateway)
    await signals.stopRequested
    const waiting = gateway.status().activeRequests
    if (waiting > 0 && terminal.isInteractive) {
      terminal.err(
        `waiting for ${waiting} ${waiting === 1 ? 'request' : 'requests'}, at most ${config.server.shutdown.drainMs / 1000} s; Ctrl-C cuts them`,
      )
    }
    await gateway.stop()
    return 0
  } catch (error) {
    throw (await explainListenError(error, config, terminal.env, options.typed)) ?? error
  } finally {
    await options.onStopped?.()
    signals.close()
  }
}

/** Turns signals, and a terminal that is gone, into one request to stop. */
class SignalWatch {
  readonly stopRequested: Promise<void>
  readonly #log: Logger
  readonly #terminals: readonly number[] = [0, 1, 2].filter((fd) => isatty(fd))
  readonly #reload: (() => void) | null
  #stop: () => void = () => {}
  #stoppedAt = Number.NaN

  /** @param reload what HUP does; null: nothing */
  constructor(log: Logger, reload: (() => void) | null) {
    this.#log = log
    this.#reload = reload
    this.stopRequested = new Promise((resolve) => {
      this.#stop = resolve
    })
    process.on('SIGINT', this.#onStopSignal)
    process.on('SIGTERM', this.#onStopSignal)
    process.on('SIGHUP', this.#onOtherSignal)
    process.on('SIGUSR2', this.#onOtherSignal)
    process.on('uncaughtException', this.#onException)
    guardOutput(this.#stop)
  }

  close(): void {
    process.off('SIGINT', this.#onStopSignal)
    process.off('SIGTERM', this.#onStopSignal)
    process.off('SIGHUP', this.#onOtherSignal)
    process.off('SIGUSR2', this.#onOtherSignal)
    process.off('uncaughtException', this.#onException)
  }

  readonly #onStopSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now()
    if (Number.isNaN(this.#stoppedAt)) {
      this.#stoppedAt = now
      this.#stop()
    } else if (now - this.#stoppedAt >= SECOND_SIGNAL_MS) {
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
  }

  /** The default of both signals would end the process without a word and without draining. */
  readonly #onOtherSignal = (signal: NodeJS.Signals): void => {
    // A closed terminal window sends HUP as well: then its descriptors are terminals no more.
    if (this.#terminals.length > 0 && !this.#terminals.some((fd) => isatty(fd))) this.#stop()
    else if (signal === 'SIGHUP' && this.#reload !== null) this.#reload()
    else this.#log.warn({ signal }, 'ignored: this version cannot reload; restart it to read the configuration again')
  }

  /** The log writes synchronously: a lost terminal shows as an exception of whoever logs. */
  readonly #onException = (error: Error): void => {
    if (isLostTerminal(error)) {
      this.#stop()
      return
    }
    process.stderr.write(`${error.stack ?? error.message}\n`)
    process.exit(1)
  }
}
