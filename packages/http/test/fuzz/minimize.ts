/** Removes what is not needed to show a fault: halves, quarters, … single characters. O(length²) calls at worst. */
export function minimize(message: string, isStillWrong: (message: string) => boolean): string {
  let smallest = message
  for (let size = Math.ceil(message.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length; ) {
      const shorter = smallest.slice(0, at) + smallest.slice(at + size)
      if (isStillWrong(shorter)) smallest = shorter
      else at += size
    }
  }
  return smallest
}
