// Programs that this repository does not bring along.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where packages put servers, which is often not on a user's PATH. */
const COMMON_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/bin']

/** Absolute path of a program, or null. @param path value of PATH */
export function findProgram(name: string, path: string | undefined = process.env.PATH): string | null {
  const folders = [...(path ?? '').split(delimiter).filter((folder) => folder !== ''), ...COMMON_FOLDERS]
  for (const folder of folders) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // not here
    }
  }
  return null
}

/** What is printed for rows whose program is absent. */
export function absent(name: string): string {
  return `${name} is not installed (apt-get install ${name})`
}
