/** What Nx loads at every command: it stays light, no adapter is imported from here. */
export const name = 'nx-isobench'
export { createNodes } from './nx/create-nodes.ts'
