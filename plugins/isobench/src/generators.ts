export { commit } from './nx/generators/commit.ts'
export { importAncestor } from './nx/generators/import.ts'
export { init } from './nx/generators/init.ts'
export { pin } from './nx/generators/pin.ts'
