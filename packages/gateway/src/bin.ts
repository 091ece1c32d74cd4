#!/usr/bin/env node
// First of all the version: what follows uses Node features whose absence would show as a riddle. Therefore nothing is
// imported statically here, and the syntax is that of old Nodes.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`breakwater needs Node 22.19 or newer, this is ${process.version}.`)
  console.error(
    'Install Node 24, or run it through npm: npx --package=node@24 --package=@breakwater/gateway breakwater',
  )
  process.exit(1)
} else {
  import('./cli/main.ts')
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code
    })
    .catch((error: unknown) => {
      console.error(error)
      process.exitCode = 1
    })
}
