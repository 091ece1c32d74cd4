import { readFileSync } from 'node:fs'

/**
 * Puts values where `{{name}}` stands.
 * @throws {Error} for a name without a value, and for a value without a place
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  const open = new Set(Object.keys(values))
  const filled = template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the template has {{${name}}}, but there is no value for it`)
    open.delete(name)
    return value
  })
  if (open.size > 0) throw new Error(`no place in the template for ${[...open].join(', ')}`)
  return filled
}

/** A file of the folder `templates`, filled in. */
export function fillFile(name: string, values: Readonly<Record<string, string>>): string {
  return fill(readFileSync(new URL(`templates/${name}`, import.meta.url), 'utf8'), values)
}
