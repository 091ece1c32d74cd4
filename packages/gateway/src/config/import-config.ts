// A configuration written as a module, loaded by a plain import(): no compiler, no loader.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from './config-error.ts'

/** @returns the default export @throws ConfigError that says what to change */
export async function importConfig(file: string): Promise<unknown> {
  let loaded: { readonly default?: unknown }
  try {
    loaded = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown }
  } catch (error) {
    throw new ConfigError([{ path: '', file, ...explainFailure(file, error) }], { cause: error })
  }
  const config = loaded.default
  if (config === undefined) {
    fail(file, 'the module has no default export', 'write export default defineConfig({ … }), or export default { … }')
  }
  if (typeof config === 'function' || config instanceof Promise) {
    fail(
      file,
      `the default export is a ${typeof config === 'function' ? 'function' : 'promise'}, not a configuration`,
      'export the object itself; a module may use await at its top level',
    )
  }
  return config
}

function explainFailure(file: string, error: unknown): { message: string; fix?: string } {
  const message = error instanceof Error ? error.message : String(error)
  const code = (error as { code?: unknown } | null)?.code
  const isTypeScript = /\.m?ts$/.test(file)
  if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'@breakwater/gateway'")) {
    return {
      message: '@breakwater/gateway cannot be found from this file',
      fix: 'npm install @breakwater/gateway beside it, or export the plain object without defineConfig',
    }
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return {
      message: `Node runs TypeScript by removing types, and something here is more than a type: ${message.split('\n')[0]}`,
      fix: 'replace enum, namespace and parameter properties by plain objects and classes',
    }
  }
  if (/Unexpected token 'export'|Cannot use import statement/.test(message)) {
    const renamed = file.replace(/\.(ts|js)$/, '.m$1')
    return {
      message: 'the nearest package.json makes this file CommonJS, but it is written as an ES module',
      fix: renamed === file ? 'write it without import and export' : `rename it to ${renamed}`,
    }
  }
  if (error instanceof SyntaxError) {
    return { message: `this is not valid ${isTypeScript ? 'TypeScript' : 'JavaScript'}: ${message.split('\n')[0]}` }
  }
  return { message: `the module failed while it was loaded: ${message}`, fix: `run it alone: node ${file}` }
}

function fail(file: string, message: string, fix: string): never {
  throw new ConfigError([{ path: '', file, message, fix }])
}
