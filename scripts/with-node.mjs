// Runs a command of this repository under a supported Node with the pinned pnpm.
//
//   node scripts/with-node.mjs [--here] node ARGS…    a script of the repository (first path is relative to its root)
//   node scripts/with-node.mjs pnpm ARGS…
//   node scripts/with-node.mjs setup                  fetch and install only
//
// Plain JavaScript for any Node from 20 on, because it runs before anything is installed. npm is used once, to *find*
// binaries that it fetches by pinned version; afterwards they are started directly, so that signals and exit codes
// cross one process and not four (npm exec → sh → pnpm → node orphans the server on SIGTERM and SIGHUP).
// --here: the child runs in the folder the command was typed in, so that relative paths mean what the user meant.
// Everything this file prints goes to stderr: stdout belongs to the command.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@10.34.9'
const NODE = 'node@24.21.0'
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cacheFolder = join(root, '.cache')
const memo = join(cacheFolder, 'toolchain.json')

/** vitest 5 and undici 8 need 22.19; tsup 9 skips the odd releases and 24.0 to 24.10. */
function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major >= 26
}

const supported = isSupported(process.versions.node)
const wanted = supported ? PNPM : `${PNPM} and ${NODE}`
const key = `${PNPM} ${supported ? `${process.execPath} ${process.version}` : NODE}`

function fail(message) {
  console.error(message)
  process.exit(1)
}

/** @returns {{node: string, pnpm: string}} absolute paths of the two binaries */
function findToolchain() {
  try {
    const known = JSON.parse(readFileSync(memo, 'utf8'))
    if (known.key === key && existsSync(known.node) && existsSync(known.pnpm)) return known
  } catch {
    // no memo, or a broken one: ask npm
  }
  const probe = `const p=require('path'),f=require('fs');const b=process.env.PATH.split(p.delimiter).find(d=>f.existsSync(p.join(d,'pnpm')));console.log('@@'+JSON.stringify({version:process.version,node:process.execPath,pnpm:f.realpathSync(p.join(b,'pnpm'))}))`
  console.error(`Fetching ${wanted} through npm (once; about ${supported ? 20 : 200} MB in npm's cache) …`)
  const npm = process.env.npm_execpath
  const packages = [`--package=${PNPM}`, ...(supported ? [] : [`--package=${NODE}`])]
  // The repository's .npmrc silences npm's banners; a failed download must still say why.
  const args = ['exec', '--yes', '--loglevel=error', '--ignore-scripts=false', ...packages, '--', 'node', '-e', probe]
  const isNpm = npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)
  const found = spawnSync(isNpm ? process.execPath : 'npm', isNpm ? [npm, ...args] : args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = found.stdout?.split('\n').find((text) => text.startsWith('@@'))
  if (found.status !== 0 || line === undefined) {
    fail(`Could not fetch ${wanted} through npm (exit code ${found.status ?? found.error?.message}).
Is the npm registry reachable? Try: npm view ${PNPM} version`)
  }
  const toolchain = { key, ...JSON.parse(line.slice(2)) }
  // With install scripts disabled npm silently runs the old Node instead of the fetched one.
  if (!supported && toolchain.version !== `v${NODE.slice(5)}`) {
    fail(`npm fetched ${NODE} but ${toolchain.version} ran. Are npm's install scripts disabled for this user?
Install Node 24 by hand, or run: npm config set ignore-scripts false`)
  }
  mkdirSync(cacheFolder, { recursive: true })
  writeFileSync(memo, JSON.stringify(toolchain))
  return toolchain
}

function isInstalled() {
  try {
    // pnpm leaves a copy of the lockfile it installed; the two are byte-equal after an install.
    return readFileSync(join(root, 'node_modules/.pnpm/lock.yaml')).equals(readFileSync(join(root, 'pnpm-lock.yaml')))
  } catch {
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** One install at a time: `npm test` and `npm start` typed together on a fresh clone must not meet in node_modules. */
async function withInstallLock(work) {
  const lock = join(cacheFolder, 'install.lock')
  mkdirSync(cacheFolder, { recursive: true })
  for (let waitedMs = 0; ; waitedMs += 250) {
    try {
      const handle = openSync(lock, 'wx')
      writeFileSync(handle, String(process.pid))
      closeSync(handle)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      let holder = Number.NaN
      try {
        holder = Number(readFileSync(lock, 'utf8'))
      } catch {
        continue
      }
      if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true })
      else if (waitedMs === 0) console.error('Waiting for another install of this clone …')
      else if (waitedMs > 600_000) fail(`Another install holds ${lock}; delete the file if none is running.`)
      await sleep(250)
    }
  }
  const unlock = () => rmSync(lock, { force: true })
  process.on('exit', unlock)
  try {
    return await work()
  } finally {
    unlock()
    process.removeListener('exit', unlock)
  }
}

async function install(toolchain, env) {
  if (isInstalled()) return
  await withInstallLock(async () => {
    if (isInstalled()) return
    console.error('Installing the locked dependencies …')
    const args = [toolchain.pnpm, 'install', '--frozen-lockfile', '--prod=false', '--loglevel=info']
    // File descriptor 2 twice: pnpm's progress must not stand in the command's own output.
    const code = await supervise(toolchain.node, args, { cwd: root, stdio: ['ignore', 2, 2], env })
    if (code !== 0) process.exit(code)
  })
}

/**
 * Runs a child to its end and hands every signal on to it. Ends as the child ended: returns its exit code, or dies of
 * the same signal.
 * @returns {Promise<number>}
 */
function supervise(command, args, options) {
  return new Promise((done) => {
    const child = spawn(command, args, options)
    const relays = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'].map((signal) => [signal, () => child.kill(signal)])
    for (const [signal, relay] of relays) process.on(signal, relay)
    // npm signals only the shell between it and us. When that dies we are adopted, and nobody else will stop the child.
    const parent = process.ppid
    const orphanCheck = setInterval(() => {
      if (process.ppid !== parent) child.kill('SIGTERM')
    }, 200)
    orphanCheck.unref()
    child.on('error', (error) => fail(error.message))
    child.on('exit', (code, signal) => {
      clearInterval(orphanCheck)
      for (const [name, relay] of relays) process.removeListener(name, relay)
      if (signal !== null) {
        // The default action of the signal ends us, after the lock was given back.
        process.emit('exit')
        process.kill(process.pid, signal)
      }
      done(code ?? 1)
    })
  })
}

const argv = process.argv.slice(2)
const here = argv[0] === '--here'
const [tool, ...rest] = here ? argv.slice(1) : argv
if (tool !== 'node' && tool !== 'pnpm' && tool !== 'setup') {
  fail('usage: node scripts/with-node.mjs [--here] node|pnpm|setup ARGS…')
}
const toolchain = findToolchain()
const env = {
  ...process.env,
  // Children that say `node` or a tool's name mean the same ones; scripts that need pnpm find its file here.
  PATH: [join(root, 'node_modules/.bin'), dirname(toolchain.node), process.env.PATH].join(delimiter),
  BREAKWATER_PNPM: toolchain.pnpm,
}
// A pnpm command that changes what is installed must not wait for an install of what is being changed.
if (!(tool === 'pnpm' && ['add', 'install', 'remove', 'update'].includes(rest[0]))) await install(toolchain, env)
if (tool === 'setup') {
  console.error(`Ready: Node ${toolchain.version}, ${PNPM}.`)
} else if (tool === 'pnpm') {
  process.exitCode = await supervise(toolchain.node, [toolchain.pnpm, '--loglevel=info', ...rest], {
    cwd: root,
    stdio: 'inherit',
    env,
  })
} else {
  const script = rest.findIndex((argument) => !argument.startsWith('-'))
  const args = rest.map((argument, index) => (index === script ? resolve(root, argument) : argument))
  // Halves the start of the gateway's command line (0.6 → 0.3 s): its sources are stripped of types and compiled once.
  if (here) env.NODE_COMPILE_CACHE ??= join(cacheFolder, 'compiled')
  const cwd = here ? (process.env.INIT_CWD ?? process.cwd()) : root
  process.exitCode = await supervise(toolchain.node, args, { cwd, stdio: 'inherit', env })
}
