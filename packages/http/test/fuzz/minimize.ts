/**
 * Removes what is not needed to show a fault: halves, quarters, … single characters. At most `budget` tries.
 */
export async function minimize(
  message: string,
  isStillWrong: (message: string) => boolean | Promise<boolean>,
  budget: number,
): Promise<string> {
  let smallest = message
  let tries = 0
  for (let size = Math.ceil(message.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length; ) {
      if (++tries > budget) return smallest
      const shorter = smallest.slice(0, at) + smallest.slice(at + size)
      if (await isStillWrong(shorter)) smallest = shorter
      else at += size
    }
  }
  return smallest
}
