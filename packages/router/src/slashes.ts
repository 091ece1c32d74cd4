/** Slashes in a row become one. Linear; gives the same string back, with one native search, when there is nothing to do. */
export function mergeSlashes(path: string): string {
  let run = path.indexOf('//')
  if (run === -1) return path
  let merged = ''
  let from = 0
  while (run !== -1) {
    merged += path.slice(from, run + 1)
    from = run + 2
    while (path.charCodeAt(from) === 47) from++
    run = path.indexOf('//', from)
  }
  return merged + path.slice(from)
}
