import { createSlurmRig } from './slurm-tasks.ts'

/** Measures in a folder that a test has made: `slurm-process.ts FOLDER PROGRAMS`, which are JSON, by name. */
const [folder, programs] = process.argv.slice(2)
const rig = await createSlurmRig(folder)
console.log(JSON.stringify(await rig.measure(JSON.parse(programs!))))
