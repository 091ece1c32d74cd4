import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { explainListenError } from '../../src/cli/listen-error.ts'
import { main } from '../../src/cli/main.ts'
import { shownUrl } from '../../src/cli/overrides.ts'
import { eatenByNpm, programName, retyped, startLine, type TypedCommand } from '../../src/cli/program-name.ts'
import { parseConfig } from '../../src/config/load.ts'

const folder = mkdtempSync(join(tmpdir(), 'breakwater-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const good = { upstreams: { api: { targets: ['http://127.0.0.1:3000'] } }, routes: [{ path: '/*', upstream: 'api' }] }
const goodFile = join(folder, 'good.yaml')
writeFileSync(goodFile, JSON.stringify(good))
const badFile = join(folder, 'bad.yaml')
writeFileSync(badFile, JSON.stringify({ ...good, nonsense: 1 }))
const oddFile = join(folder, 'odd.yaml')
writeFileSync(oddFile, JSON.stringify({ ...good, upstreams: { ...good.upstreams, web: good.upstreams.api } }))

interface Result {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const out: string[] = []
  const err: string[] = []
  const code = await main(args, {
    env,
    cwd: folder,
    isInteractive: false,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    style: (_, text) => text,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

describe('help and version', () => {
  it.each([[], ['--help'], ['-h'], ['help']])('%j shows every command', async (...args) => {
    const { code, out, err } = await run(args)
    expect(code).toBe(0)
    expect(err).toBe('')
    for (const name of ['start', 'proxy', 'demo', 'validate']) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  it.each(['start', 'proxy', 'demo', 'validate'])('%s --help shows usage, options and examples', async (name) => {
    const direct = await run([name, '--help'])
    expect(direct.code).toBe(0)
    expect(direct.out).toContain(`breakwater ${name}`)
    expect(direct.out).toContain('Examples')
    expect(direct.out.split('\n').every((line) => line.length <= 120)).toBe(true)
    expect((await run(['help', name])).out).toBe(direct.out)
    expect((await run([name, '-h'])).out).toBe(direct.out)
  })

  it('prints the version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: manifest.version, err: '' })
  })
})

describe('a command line that is not understood ends with 2 and says what to type', () => {
  it.each<[string[], string, string]>([
    [['strat'], 'there is no command "strat". Did you mean start?', 'breakwater start'],
    [['foo'], 'there is no command "foo".', 'one of start, proxy, demo, validate; breakwater --help tells more'],
    [['http://localhost:3000'], 'is not a command', 'breakwater proxy http://localhost:3000'],
    [['my.yaml'], 'is not a command', 'breakwater start --config my.yaml'],
    [['--config', 'x'], 'the command comes first', 'breakwater start --config'],
    [['start', '--prot', '1'], 'start has no option --prot. Did you mean --port?', ''],
    [['start', '--conifg=x'], 'start has no option --conifg. Did you mean --config?', ''],
    [['start', '-x'], 'start has no option -x', ''],
    [['start', '--port'], '--port needs a value', '--port N'],
    [['start', '--config', '--port', '1'], '--config needs a value', '--config FILE'],
    [['start', '--port', 'http'], '--port expects a port from 0 to 65535, found "http"', '--port 8080'],
    [['start', '--port=-1'], '--port expects a port', ''],
    [['start', '--port', '70000'], '--port expects a port', ''],
    [['start', '--log-level', 'inf'], 'Did you mean info?', ''],
    [['start', '--host', 'a b'], '--host expects an address', ''],
    [['start', '--demo=1'], '--demo takes no value', ''],
    [['start', 'a.yaml', 'b.yaml'], 'start takes one file, found also "b.yaml"', ''],
    [['start', '-c', 'a.yaml', 'b.yaml'], 'start takes one file, found also "b.yaml"', ''],
    [['start', 'http://a'], 'start takes a file', 'fix: breakwater proxy http://a'],
    [['start', '--config', goodFile, '--port', '9901'], 'cannot share port 9901', '--admin-port 9902'],
    [['demo', 'x'], 'demo takes no "x"', ''],
    [['proxy'], 'proxy needs the URL of a server', 'fix: breakwater proxy http://localhost:3000'],
    [['proxy', 'http://a/b'], 'must not have a path', 'paths belong to routes'],
    [['proxy', 'ftp://a'], 'http or https', 'fix: write http://a'],
    [['proxy', 'http://a:70000'], 'a port is at most 65535', 'fix: write the port'],
    [['proxy', 'http://a:0'], 'port 0', 'fix: write the port'],
    [['validate', 'a', 'b'], 'validate takes one file', ''],
    [['validate', '--config', 'a', 'b'], 'validate takes one file', ''],
    [['proxy', 'htp://a'], 'http or https', 'fix: write http://a'],
    [['proxy', '1', '--prot', '2'], 'Did you mean --port?', 'fix: breakwater proxy --help'],
    [['proxy', 'http://a', '--port', 'x'], 'found "x"', 'fix: breakwater proxy http://a --port 8080'],
    [['proxy', 'http://localhost:8080'], 'the public listener of the gateway itself (port 8080)', ''],
    [
      ['proxy', 'http://[::1]:81', 'http://127.0.0.1:82', '--port', '82'],
      'gateway itself (port 82)',
      'the gateway listen',
    ],
    [['proxy', 'http://localhost:83', '--admin-port', '83'], 'the admin listener', 'another port'],
    [['help', 'strat'], 'Did you mean start?', ''],
    [['constructor'], 'there is no command', ''],
    [['start', '--constructor'], 'has no option --constructor', ''],
  ])('%j', async (args, message, fix) => {
    const { code, out, err } = await run(args)
    expect(err).toContain(message)
    expect(err).toContain(fix)
    expect(code).toBe(2)
    expect(out).toBe('')
  })
})

describe('validate', () => {
  it('accepts a good file', async () => {
    expect(await run(['validate', goodFile])).toEqual({
      code: 0,
      out: `${goodFile} is valid: 1 route, 1 upstream, 1 target`,
      err: '',
    })
  })

  it('looks for a file as start does', async () => {
    const { code, out } = await run(['validate'], { BREAKWATER_CONFIG: goodFile })
    expect([code, out]).toEqual([0, expect.stringContaining('is valid')])
    const none = await run(['validate'])
    expect(none.code).toBe(1)
    expect(none.err).toContain('breakwater.config.mts')
  })

  it('refuses a bad one with 1', async () => {
    const { code, out, err } = await run(['validate', badFile])
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toContain('the configuration has 1 problem\n')
    expect(err).not.toContain('started')
    expect(err).toContain('unknown key "nonsense"')
  })

  it('prints warnings beside the result', async () => {
    const { code, out, err } = await run(['validate', oddFile])
    expect(code).toBe(0)
    expect(out).toContain('2 upstreams')
    expect(err).toContain('no route uses the upstream "web"')
  })

  it('speaks JSON', async () => {
    expect(JSON.parse((await run(['validate', goodFile, '--json'])).out)).toMatchObject({ valid: true, issues: [] })
    const bad = await run(['validate', badFile, '--json'])
    expect(bad.code).toBe(1)
    expect(bad.err).toBe('')
    expect(JSON.parse(bad.out)).toMatchObject({ valid: false, issues: [{ path: 'nonsense', line: 1 }] })
    expect(JSON.parse((await run(['validate', oddFile, '--json'])).out)).toMatchObject({
      warnings: [{ path: 'upstreams.web' }],
    })
  })
})

describe('start', () => {
  it('without a configuration says where it looked and what to do', async () => {
    const { code, err } = await run(['start'])
    expect(code).toBe(1)
    for (const name of [
      'BREAKWATER_CONFIG',
      'breakwater.config.ts',
      'breakwater.json',
      'breakwater demo',
      'breakwater proxy',
    ]) {
      expect(err).toContain(name)
    }
  })

  it('starts nothing when the file is bad, missing, or a flag contradicts it', async () => {
    const bad = await run(['start', '--config', badFile])
    expect([bad.code, bad.err]).toEqual([1, expect.stringContaining('has 1 problem; nothing was started')])
    const missing = await run(['start', '--config', join(folder, 'god.yaml')])
    expect(missing.code).toBe(1)
    expect(missing.err).toContain('Did you mean "good.yaml"?')
  })

  it('knows when npm took the options', async () => {
    const env = { npm_lifecycle_event: 'start' }
    const eaten = await run(['start', '--demo', 'x.yaml'], { ...env, npm_config_config: 'true' })
    expect(eaten.code).toBe(2)
    expect(eaten.err).toContain('did you mean `npm start -- --config x.yaml`?')
    const taken = await run(['start', '--demo'], { ...env, npm_config_port: '8081' })
    expect(taken.err).toContain('did you mean `npm start -- --port 8081`?')
  })

  it('regression: a file after -- was taken for an option that npm had eaten', async () => {
    const { code, err } = await run(['start', '--demo', 'extra.yaml'], { npm_lifecycle_event: 'start' })
    expect(code).toBe(1)
    expect(err).toContain('there is no such file')
    expect(err).not.toContain('npm took')
  })

  it.each(['start', 'validate'])('regression: %s took FILE or --config FILE, never both', async (command) => {
    const bare = await run([command, badFile])
    expect(bare.err).toContain('unknown key "nonsense"')
    expect(await run([command, '--config', badFile])).toEqual(bare)
  })

  it('regression: proxy and demo dropped an option that npm had eaten', async () => {
    const env = { npm_lifecycle_event: 'breakwater' }
    const proxied = await run(['proxy', 'http://localhost:43000'], { ...env, npm_config_port: '8085' })
    expect([proxied.code, proxied.err]).toEqual([
      2,
      expect.stringContaining('did you mean `npm run breakwater -- proxy http://localhost:43000 --port 8085`?'),
    ])
    const played = await run(['demo', '9911'], { ...env, npm_config_admin_port: 'true' })
    expect(played.err).toContain('did you mean `npm run breakwater -- demo --admin-port 9911`?')
  })
})

describe('printed commands', () => {
  it('are those of the script that runs', () => {
    expect(programName({})).toBe('breakwater')
    expect(programName({ npm_lifecycle_event: 'npx' })).toBe('npx breakwater')
    expect(programName({ npm_lifecycle_event: 'start' })).toBe('npm run breakwater --')
    expect(startLine({ npm_lifecycle_event: 'start' })).toBe('npm start --')
    expect(startLine({})).toBe('breakwater start')
  })

  it.each<[string, TypedCommand, string]>([
    ['breakwater', { name: 'proxy', flags: {}, positionals: ['1'] }, 'npm run breakwater -- proxy 1 --port 81'],
    [
      'breakwater',
      { name: 'proxy', flags: { port: '80', 'admin-port': '9' }, positionals: ['http://a:1', 'b;c'] },
      "npm run breakwater -- proxy http://a:1 'b;c' --admin-port 9 --port 81",
    ],
    ['breakwater', { name: 'demo', flags: {}, positionals: [] }, 'npm run breakwater -- demo --port 81'],
    [
      'start',
      { name: 'start', flags: { demo: true, config: "it's" }, positionals: [] },
      "npm start -- --config 'it'\\''s' --port 81",
    ],
    ['', { name: 'start', flags: { demo: true }, positionals: [] }, 'breakwater start --demo --port 81'],
  ])('regression: port in use under another command proposed npm start (%s)', (script, typed, line) => {
    expect(retyped(script === '' ? {} : { npm_lifecycle_event: script }, typed, 'port', '81')).toBe(line)
  })

  it.each<[Record<string, string>, string[], string | undefined]>([
    [{}, ['start', 'x'], undefined],
    [{ npm_config_port: '1' }, ['start'], undefined],
    [{ npm_lifecycle_event: 'test', npm_config_port: '1' }, ['start'], undefined],
    [{ npm_lifecycle_event: 'start' }, ['start'], undefined],
    [{ npm_lifecycle_event: 'start' }, ['start', 'x'], undefined],
    [{ npm_lifecycle_event: 'start', npm_config_config: 'true' }, ['start', 'x'], 'npm start -- --config x'],
    [{ npm_lifecycle_event: 'start', npm_config_config: 'x' }, ['start'], 'npm start -- --config x'],
    [{ npm_lifecycle_event: 'start', npm_config_call: 'x' }, ['start'], 'npm start -- --config x'],
    [{ npm_lifecycle_event: 'start', npm_config_port: 'true' }, ['start', '81'], 'npm start -- --port 81'],
    [{ npm_lifecycle_event: 'start', npm_config_port: 'true' }, ['start'], 'npm start -- --port VALUE'],
    [{ npm_lifecycle_event: 'start', npm_config_parseable: 'true' }, ['start', '81'], 'npm start -- --port 81'],
    [{ npm_lifecycle_event: 'start', npm_config_parseable: 'true' }, ['start', 'x'], undefined],
    [{ npm_lifecycle_event: 'dev', npm_config_port: '81' }, ['start'], 'npm run dev -- --port 81'],
    [{ npm_lifecycle_event: 'start', npm_config_admin_port: '81' }, ['start'], 'npm start -- --admin-port 81'],
    [{ npm_lifecycle_event: 'breakwater', npm_config_port: '81' }, ['start'], 'npm run breakwater -- start --port 81'],
    [
      { npm_lifecycle_event: 'breakwater', npm_config_host: 'true', npm_config_log_level: 'warn' },
      ['proxy', 'http://a', '::1'],
      'npm run breakwater -- proxy http://a --host ::1 --log-level warn',
    ],
  ])('%j %j → %s', (env, positionals, line) => {
    const [name = 'start', ...words] = positionals
    expect(eatenByNpm(env, { name, flags: {}, positionals: words })).toBe(line)
  })

  it('have URLs that can be opened', () => {
    expect(shownUrl({ host: '0.0.0.0', port: 80 })).toBe('http://127.0.0.1:80')
    expect(shownUrl({ host: '::1', port: 80 })).toBe('http://[::1]:80')
    expect(shownUrl({ host: 'example.org', port: 80 })).toBe('http://example.org:80')
  })
})

describe('a port that cannot be opened', () => {
  const config = parseConfig(good)
  const START = { name: 'start', flags: {}, positionals: [] }
  const failure = (fields: object) => explainListenError(Object.assign(new Error('x'), fields), config, {}, START)

  it('is explained with the flag that changes it', async () => {
    const used = await failure({ code: 'EADDRINUSE', port: 8080 })
    expect(used?.message).toBe('port 8080 is in use')
    expect(used?.fix).toMatch(/^try --port 80\d\d$/)
    const admin = await failure({ code: 'EADDRINUSE', port: 9901 })
    expect(admin?.message).toBe('admin port 9901 is in use')
    expect(admin?.fix).toMatch(/^try --admin-port 99\d\d$/)
    const used8080 = Object.assign(new Error('x'), { code: 'EADDRINUSE', port: 8080 })
    const script = await explainListenError(used8080, config, { npm_lifecycle_event: 'start' }, START)
    expect(script?.fix).toMatch(/^try --port (\d+) \(npm start -- --port \1\)$/)
    expect((await failure({ code: 'EACCES', port: 80 }))?.fix).toBe('try --port 8080')
    expect((await failure({ code: 'EADDRNOTAVAIL', address: '10.9.9.9' }))?.message).toContain('10.9.9.9')
    expect((await failure({ code: 'ENOTFOUND' }))?.fix).toContain('--host')
    expect(await failure({ code: 'EOTHER' })).toBeUndefined()
    expect(await explainListenError('text', config, {}, START)).toBeUndefined()
  })
})
