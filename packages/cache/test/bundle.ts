import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

interface Bundler {
  build(options: object): Promise<{ readonly outputFiles: readonly { readonly contents: Uint8Array }[] }>
}

// The bundler that the build uses.
const require = createRequire(import.meta.url)
const { build } = createRequire(require.resolve('tsup'))('esbuild') as Bundler

/** What the build gives short names: see `tsup.config.ts`. */
export const MANGLED: readonly string[] = JSON.parse(
  readFileSync(new URL('../mangled-names.json', import.meta.url), 'utf8'),
)

/** An application's bundle of this code, minified; with the names of the published files, or those of the source. */
export async function bundle(code: string, published: boolean): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('../src', import.meta.url)), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'node20',
    ...(published && { mangleProps: new RegExp(`^(${MANGLED.join('|')})$`) }),
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}
