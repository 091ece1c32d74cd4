// npm run sim -- --scenario FILE.json [--seed N …] [--policy POLICY …] [--set PATH=VALUE …] [--json] [--help]
import { main } from './main.ts'

// `npm run sim -- … | head` closes the pipe early: that is the reader's choice, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = main(process.argv.slice(2), {
  folder: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
})
