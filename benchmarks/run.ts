// npm run bench -- [SUITE…] [--json] [--out FILE] [--quick] [--rounds N] [--list] [--help]
import { fileURLToPath } from 'node:url'
import { main } from './runner/main.ts'

const controller = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort())
// `npm run bench -- --json | head` closes the pipe early: that is the reader's choice, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main(process.argv.slice(2), {
  suitesFolder: fileURLToPath(new URL('suites', import.meta.url)),
  folder: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: controller.signal,
})
