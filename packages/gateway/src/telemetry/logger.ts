import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { ObservabilitySettings } from '../config/config.ts'

export type Logger = pino.Logger

/**
 * The gateway's log: one JSON object per line on stdout, or coloured text. `auto` is text on a terminal, JSON elsewhere.
 * Header values, cookies and query strings are never passed to it; what an error object may carry is cut to its
 * name, code, message and stack.
 */
export function createLogger(
  settings: ObservabilitySettings['log'],
  stdout: NodeJS.WriteStream = process.stdout,
): Logger {
  const options: pino.LoggerOptions = {
    level: settings.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  }
  const readable = settings.format === 'pretty' || (settings.format === 'auto' && stdout.isTTY === true)
  if (!readable) return pino(options, pino.destination({ fd: 1, sync: true }))
  const colorize = stdout.isTTY === true && process.env.NO_COLOR === undefined
  return pino(
    options,
    pretty({ colorize, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', destination: 1 }),
  )
}

/** A log that drops everything. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}

/**
 * The fields of an error that are safe to write down. Request options and headers that libraries attach are not. A
 * description stays as it is: the call that logs makes one, whatever logger was injected, and our serializer again.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const { name, type = name, code, message, stack } = error as Readonly<Record<string, unknown>>
  return {
    ...(typeof type === 'string' && { type }),
    ...(typeof code === 'string' && { code }),
    message: typeof message === 'string' ? message : 'what was thrown is an object without a message',
    ...(typeof stack === 'string' && { stack }),
  }
}
