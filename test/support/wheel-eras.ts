import type { WheelLayout as Layout } from '../../plugins/isobench/src/domain/wheel-eras.ts'
import type { WheelHost } from './wheel-host.ts'

export { type WheelLayout as Layout, wheelEras as layouts } from '../../plugins/isobench/src/domain/wheel-eras.ts'

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
