// npm run conformance -- breaker [--vectors FILE] [--implementation NAME] [--json] [--help]
import { main } from './command.ts'

// `npm run conformance -- breaker | head` closes the pipe early: that is the reader's choice, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main(process.argv.slice(2), {
  folder: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
})
