import { availableParallelism } from 'node:os'

const cores = availableParallelism()

/**
 * How many tasks of a batch are at work at once, by what they wait for: cheap ones for files and git, installations for
 * hosts, tests for models. Measurements all begin, because a cluster takes them together; on this machine they take
 * turns, one a device.
 */
export const tasksAtOnce = { cheap: 4 * cores, installations: 16, modelCalls: 32, measurements: Infinity }

/**
 * How many of the heavy things that tasks do go on at once in a batch: writing an environment, choosing what is in it
 * and asking it what it holds, checking types.
 */
export const worksAtOnce = { installing: 4, asking: 16, checkingTypes: Math.max(1, Math.floor(cores / 2)) }
