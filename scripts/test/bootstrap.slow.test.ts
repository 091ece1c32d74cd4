import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cloneRepository, isGone, noProcessIn, pause, Running, run, type Shell } from './fresh-clone.ts'

let shell: Shell
let removeClone: () => void

beforeAll(() => {
  ;[shell, removeClone] = cloneRepository()
})
afterAll(() => removeClone?.())

const version = (): string =>
  JSON.parse(readFileSync(join(shell.folder, 'packages/gateway/package.json'), 'utf8')).version

describe('root scripts on a fresh clone', () => {
  it('the first command installs what is missing, and stdout carries only its own output', () => {
    const first = run(shell, 'npm run --silent breakwater -- --version')
    expect(first.stderr).toMatch(/Installing/)
    expect(first).toMatchObject({ status: 0, stdout: expect.stringContaining(version()) })
    expect(first.stdout.trim().split('\n')).toHaveLength(1)
  })

  it('the second command says nothing about tools', () => {
    expect(run(shell, 'npm run --silent breakwater -- --version').stderr).toBe('')
  })

  it('passes exit codes through', () => {
    expect(run(shell, 'npm run --silent breakwater -- validate no-such-file.yaml').status).toBe(1)
    expect(run(shell, 'npm run --silent breakwater -- no-such-command').status).toBe(2)
  })

  it('resolves paths against the folder they were typed in', () => {
    const folder = join(shell.folder, 'docs', 'here')
    mkdirSync(folder)
    writeFileSync(
      join(folder, 'mine.yaml'),
      'version: 1\nupstreams: { api: { targets: ["http://127.0.0.1:3000"] } }\nroutes: [{ path: "/*", upstream: api }]\n',
    )
    expect(run(shell, 'npm run --silent breakwater -- validate mine.yaml', folder)).toMatchObject({ status: 0 })
  })

  it('runs a part of the tests by a word of their path', () => {
    const some = run(shell, 'npm test --silent -- packages/router/test/conformance')
    expect(some.status, some.stdout + some.stderr).toBe(0)
    expect(some.stdout).toMatch(/Test Files {2}1 passed/)
  })

  it('two commands typed at once share one install', async () => {
    const [other, removeOther] = cloneRepository()
    try {
      const both = [0, 1].map(() => new Running(other, 'npm', ['run', '--silent', 'breakwater', '--', '--version']))
      expect(await Promise.all(both.map(({ exited }) => exited))).toEqual([0, 0])
      expect(both.filter(({ stderr }) => stderr.includes('Installing'))).toHaveLength(1)
    } finally {
      removeOther()
    }
  })

  it('an install that is interrupted leaves nothing running, no lock, and the next command goes on', async () => {
    const [other, removeOther] = cloneRepository()
    try {
      const setup = new Running(other, 'npm', ['run', 'setup'])
      await setup.waitFor(/Installing/)
      process.kill(setup.pid, 'SIGTERM')
      await setup.exited
      expect(await noProcessIn(other.folder)).toBe(true)
      expect(existsSync(join(other.folder, '.cache/install.lock'))).toBe(false)
      expect(run(other, 'npm run breakwater -- --version')).toMatchObject({ status: 0, stdout: `${version()}\n` })
    } finally {
      removeOther()
    }
  })

  it('a test that is broken on purpose fails the command and is counted', () => {
    const [other, removeOther] = cloneRepository()
    try {
      const file = join(other.folder, 'packages/router/test/broken.test.ts')
      writeFileSync(file, "import { expect, it } from 'vitest'\n\nit('is broken', () => expect(1).toBe(2))\n")
      const broken = run(other, 'npm test --silent -- packages/router/test/broken')
      expect(broken.status).toBe(1)
      expect(broken.stdout).toMatch(/1 failed/)
    } finally {
      removeOther()
    }
  })
})

describe('npm start and its signals', () => {
  const start = (): Running =>
    new Running(shell, 'npm', ['start', '--silent', '--', '--port', '0', '--admin-port', '0'])
  const pidOf = async (running: Running): Promise<number> => Number((await running.waitFor(/pid +(\d+)/i))[1])

  it.for(['SIGTERM', 'SIGHUP'] as const)('%s to npm leaves nothing running', async (signal) => {
    const running = start()
    try {
      const pid = await pidOf(running)
      process.kill(running.pid, signal)
      expect(await isGone(pid)).toBe(true)
    } finally {
      running.kill()
    }
  })

  it('Ctrl-C, which reaches every process of the terminal, ends it cleanly', async () => {
    const running = start()
    try {
      const pid = await pidOf(running)
      process.kill(-running.pid, 'SIGINT')
      expect(await isGone(pid)).toBe(true)
      expect(running.stderr).not.toMatch(/Error|at .*\.ts:/)
    } finally {
      running.kill()
    }
  })

  it('kill -9 of npm leaves nothing running', async () => {
    const running = start()
    try {
      const pid = await pidOf(running)
      process.kill(running.pid, 'SIGKILL')
      expect(await isGone(pid)).toBe(true)
    } finally {
      running.kill()
    }
  })

  it('SIGHUP to the gateway itself does not end it', async () => {
    const running = start()
    try {
      const pid = await pidOf(running)
      process.kill(pid, 'SIGHUP')
      await pause(500)
      expect(() => process.kill(pid, 0)).not.toThrow()
    } finally {
      running.kill()
    }
  })

  it('says which flag to use when the port is taken', async () => {
    const running = start()
    try {
      await pidOf(running)
      const [, port] = await running.waitFor(/http:\/\/127\.0\.0\.1:(\d+)/)
      const second = run(shell, `npm start --silent -- --port ${port} --admin-port 0`)
      expect(second.status).toBe(1)
      expect(second.stderr).toContain(`${port}`)
      expect(second.stderr).toContain('--port')
    } finally {
      running.kill()
    }
  })

  it('tells what to type when npm swallowed the flag', () => {
    copyFileSync(join(shell.folder, 'docs/here/mine.yaml'), join(shell.folder, 'mine.yaml'))
    const swallowed = run(shell, 'npm start --silent --config mine.yaml')
    expect(swallowed.status).not.toBe(0)
    expect(swallowed.stderr).toContain('npm start -- --config mine.yaml')
  })
})

it('leaves no tracked file changed', () => {
  const { stdout } = spawnSync('git', ['status', '--porcelain', '--untracked-files=no'], {
    cwd: shell.folder,
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
})
