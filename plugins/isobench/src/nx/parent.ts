const checkEveryMilliseconds = 250
let watching = false

/**
 * Ends this process when its parent dies. `kill -9` of Nx leaves its executors alive, and they would finish the stage
 * beside the rerun (measured). SIGTERM to ourselves lets every child be ended first.
 */
export function exitWithParent(): void {
  if (watching) return
  watching = true
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, checkEveryMilliseconds).unref()
}
