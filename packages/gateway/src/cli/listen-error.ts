// Why a port cannot be opened, and the flag that helps.
import { createServer } from 'node:net'
import type { GatewayConfig } from '../config/config.ts'
import { CommandFailure } from './failure.ts'
import { retyped, type TypedCommand } from './program-name.ts'

interface ListenFailure extends Error {
  readonly code?: string
  readonly port?: number
  readonly address?: string
}

/** The failure of `Gateway.start` in the user's words; undefined if it is not about listening. */
export async function explainListenError(
  error: unknown,
  config: GatewayConfig,
  env: Readonly<Record<string, string | undefined>>,
  typed: TypedCommand,
): Promise<CommandFailure | undefined> {
  if (!(error instanceof Error)) return undefined
  const { code, port, address } = error as ListenFailure
  const { listen } = config.server
  const isAdmin = config.admin !== null && port === config.admin.listen.port && port !== listen.port
  const option = isAdmin ? 'admin-port' : 'port'
  const where = `${isAdmin ? 'admin port' : 'port'} ${port ?? listen.port}`
  switch (code) {
    case 'EADDRINUSE': {
      const host = isAdmin ? (config.admin?.listen.host ?? listen.host) : listen.host
      const free = await nextFreePort(host, port ?? listen.port, [listen.port, config.admin?.listen.port])
      // Behind npm the flag alone is not what has to be typed.
      const line = retyped(env, typed, option, String(free))
      const whole = line.startsWith('npm') ? ` (${line})` : ''
      return new CommandFailure(`${where} is in use`, `try --${option} ${free}${whole}`, { cause: error })
    }
    case 'EACCES':
      return new CommandFailure(`this user may not open ${where}`, `try --${option} 8080`, { cause: error })
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new CommandFailure(
        `${address ?? listen.host} is not an address of this machine`,
        'try --host 127.0.0.1, or --host 0.0.0.0 for every interface',
        { cause: error },
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CommandFailure(`the host name ${listen.host} cannot be resolved`, 'try --host 127.0.0.1', {
        cause: error,
      })
    default:
      return undefined
  }
}

/** Looks at the next 20 ports, so that the command that is proposed works. */
async function nextFreePort(host: string, taken: number, avoid: readonly (number | undefined)[]): Promise<number> {
  const first = taken < 65_500 ? taken + 1 : 8080
  for (let port = first; port < first + 20; port++) {
    if (!avoid.includes(port) && (await isFree(host, port))) return port
  }
  return 0
}

async function isFree(host: string, port: number): Promise<boolean> {
  if (host === 'localhost') return (await canListen('127.0.0.1', port)) && canListen('::1', port)
  return canListen(host, port)
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    // An address that this machine does not have stands in nobody's way.
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES'),
    )
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
