// Input in any form → validated configuration, or one ConfigError with every problem.

import { checkBareDurations } from './bare-durations.ts'
import { checkMeaning, type PartialDraft } from './checks.ts'
import type { GatewayConfig } from './config.ts'
import { ConfigError, type ConfigIssue } from './config-error.ts'
import type { ConfigDraft } from './draft.ts'
import { explain, show } from './explain.ts'
import { IssueList } from './issue-list.ts'
import { checkOwnAddresses, type ListenOverrides } from './own-address.ts'
import { readConfigFile } from './read-file.ts'
import { resolveConfig } from './resolve.ts'
import { adminSchema, configSchema, routeSchema, serverSchema, tuningSchema, upstreamSchema } from './schema.ts'
import type { ConfigSource } from './source.ts'
import { checkTls, folderOf } from './tls-checks.ts'

/** A valid configuration and what in it is probably not meant. */
export interface CheckedConfig {
  readonly config: GatewayConfig
  readonly warnings: readonly ConfigIssue[]
}

/**
 * Validates a plain object (what `defineConfig` returns, parsed JSON) and fills in the defaults. References such as
 * `${VAR}` are resolved in files only; code has `process.env`.
 *
 * @param source where the object came from, for messages
 * @throws ConfigError with all problems
 */
export function parseConfig(input: unknown, source: ConfigSource = {}): GatewayConfig {
  return checkConfig(input, source).config
}

/**
 * Reads, validates and completes a configuration file: `.yaml`, `.yml`, `.json`, or a module (`.ts .mts .js .mjs`)
 * whose default export is the configuration.
 *
 * @throws ConfigError also for a file that is missing, unreadable or not parsable
 */
export async function loadConfigFile(path: string): Promise<GatewayConfig> {
  return (await checkConfigFile(path)).config
}

/** `loadConfigFile` with the warnings. */
export async function checkConfigFile(path: string, ports: ListenOverrides = {}): Promise<CheckedConfig> {
  const { input, source } = await readConfigFile(path)
  return checkConfig(input, source, ports)
}

/** `parseConfig` with the warnings. @param ports what a command line puts in the place of the configured addresses */
export function checkConfig(input: unknown, source: ConfigSource = {}, ports: ListenOverrides = {}): CheckedConfig {
  const errors = new IssueList(source)
  const warnings = new IssueList(source)
  if (!isRecord(input)) {
    errors.add([], {
      message: `a configuration is a mapping with the keys upstreams and routes, found ${show(input)}`,
      fix: 'begin with upstreams: { api: { targets: ["http://127.0.0.1:3000"] } }',
    })
    throw new ConfigError(errors.sorted())
  }
  const parsed = configSchema.safeParse(input)
  if (!parsed.success) explain(parsed.error.issues, configSchema, input, errors)
  // `__proto__` from JSON.parse is an own key that zod passes over: never drop a key without a word.
  const hasProto = isRecord(input.upstreams) && Object.hasOwn(input.upstreams, '__proto__')
  if (hasProto) {
    errors.add(['upstreams', '__proto__'], {
      message: '"__proto__" cannot be the name of an upstream',
      fix: 'give it another name, such as api:',
      part: 'key',
    })
  }
  const draft = parsed.success && !hasProto ? whole(parsed.data) : salvage(input)
  checkMeaning(draft, errors, warnings)
  checkOwnAddresses(draft, ports, errors)
  checkTls(draft, errors, warnings)
  checkBareDurations(input, warnings)
  if (!errors.isEmpty || !parsed.success) throw new ConfigError(errors.sorted())
  return {
    config: resolveConfig(parsed.data, source.env ?? process.env, folderOf(source)),
    warnings: warnings.sorted(),
  }
}

function whole(draft: ConfigDraft): PartialDraft {
  return {
    server: draft.server,
    admin: draft.admin,
    defaults: draft.defaults,
    upstreams: new Map(Object.entries(draft.upstreams)),
    routes: draft.routes.map((route) => ({ upstream: route.upstream, draft: route })),
  }
}

/** The valid parts of an invalid configuration, so that all problems are told at once. */
function salvage(input: Readonly<Record<string, unknown>>): PartialDraft {
  const { upstreams, routes } = input
  const entries = isRecord(upstreams) ? Object.entries(upstreams) : [['', undefined] as const]
  return {
    server: serverSchema.safeParse(input.server).data,
    // What is not valid counts as off: its problem is told already.
    admin: input.admin === undefined ? undefined : (adminSchema.safeParse(input.admin).data ?? false),
    defaults: tuningSchema.safeParse(input.defaults).data,
    upstreams: new Map(entries.map(([name, upstream]) => [name, upstreamSchema.safeParse(upstream).data])),
    routes: isRecord(upstreams) && Array.isArray(routes) ? routes.map(salvageRoute) : [],
  }
}

function salvageRoute(route: unknown): PartialDraft['routes'][number] {
  return { upstream: isRecord(route) ? route.upstream : undefined, draft: routeSchema.safeParse(route).data }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
