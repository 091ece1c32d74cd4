// npm run bench -- [SUITE…] [--json] [--out FILE] [--quick] [--rounds N] [--list] [--help]
// npm run bench -- hit-ratio --trace FILE|FOLDER …   counts hits instead of time: a command of its own
import { fileURLToPath } from 'node:url'
import { main } from './runner/main.ts'
import { hitRatio } from './suites/hit-ratio/command.ts'

const controller = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort())
// `npm run bench -- --json | head` closes the pipe early: that is the reader's choice, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const argv = process.argv.slice(2)
const surroundings = {
  suitesFolder: fileURLToPath(new URL('suites', import.meta.url)),
  folder: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: controller.signal,
}
process.exitCode =
  argv[0] === 'hit-ratio' ? await hitRatio(argv.slice(1), surroundings) : await main(argv, surroundings)
