import type { WheelHost } from './wheel-host.ts'

/**
 * How the wheels of a time can be found on wheels.vllm.ai, with the first day of that time on the main branch
 * (reference/wheels.md §1.1).
 */
export const layouts = [
  { layout: 'none', since: '1970-01-01' },
  { layout: 'version of the tree, by Python', since: '2024-07-12' },
  { layout: 'version of the tree', since: '2024-07-19' },
  { layout: 'constant name', since: '2024-09-24' },
  { layout: 'page', since: '2025-01-07' },
  { layout: 'metadata.json', since: '2025-12-02' },
] as const
export type Layout = (typeof layouts)[number]['layout']

/** The version in METADATA; the first wheels did not name their commit. */
export function versionOf(hash: string, layout: Layout): string {
  return layout.startsWith('version') ? '0.5.3' : `0.6.4.dev1+g${hash.slice(0, 9)}`
}

/** Puts into the folder of a commit what the host of that time had there. */
export function serve(
  host: WheelHost,
  hash: string,
  layout: Layout,
  wheel: Parameters<WheelHost['files']['set']>[1],
): void {
  const name = `vllm-${versionOf(hash, layout)}-cp38-abi3-manylinux1_x86_64.whl`
  const names: Readonly<Record<Layout, readonly string[]>> = {
    none: [],
    'version of the tree, by Python': ['cp310-cp310', 'cp311-cp311'].map((tag) => name.replace('cp38-abi3', tag)),
    'version of the tree': [name],
    'constant name': ['vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl'],
    page: ['vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl', name],
    'metadata.json': [name],
  }
  for (const each of names[layout]) host.files.set(`/${hash}/${each}`, wheel)
  const path = `../${name.replace('+', '%2B')}`
  if (layout === 'page' || layout === 'metadata.json') host.files.set(`/${hash}/vllm/`, `<a href="${path}">x</a>`)
  if (layout === 'metadata.json') {
    host.files.set(`/${hash}/vllm/metadata.json`, JSON.stringify([{ package_name: 'vllm', path }]))
  }
}
