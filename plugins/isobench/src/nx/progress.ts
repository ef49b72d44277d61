const secondsBetween = 5

/** Prints what a long work says at the most every five seconds, the first time after five. */
export function everyFewSeconds(log: (message: string) => void, now = () => performance.now()) {
  let last = now()
  return (message: () => string): void => {
    if (now() - last < 1000 * secondsBetween) return
    last = now()
    log(message())
  }
}
