const signals = ['SIGTERM', 'SIGINT'] as const
const patienceMilliseconds = 5000

/**
 * Calls `stop` when a signal asks this process to end. It ends when its parent has heard everything, or at the next
 * signal, and its children with it.
 */
export function onStop(stop: (signal: string) => void): { forget(): void } {
  let isStopping = false
  const heard = (signal: NodeJS.Signals): void => {
    const end = (): void => process.exit(signal === 'SIGTERM' ? 143 : 130)
    if (isStopping || !process.connected) end()
    isStopping = true
    process.once('disconnect', end)
    setTimeout(end, patienceMilliseconds).unref()
    stop(signal)
  }
  // Those of execa kill its children and then this process where nobody else listens: our listener must stay.
  for (const signal of signals) process.on(signal, heard)
  return {
    forget: () => {
      if (!isStopping) for (const signal of signals) process.off(signal, heard)
    },
  }
}
