/**
 * The text without folders of the machine that it was written on: what lies in the tool's store is named from there, and
 * home folders become `~`. A report is sent to others.
 */
export function withoutHostPaths(text: string): string {
  return text
    .replaceAll(/[^\s"'`(]*\/bundles\/[0-9a-f]{64}\//g, '')
    .replaceAll(/[^\s"'`(]*\/envs\/[0-9a-f]{16,64}\/(?:lib\/python[\d.]+\/)?/g, '')
    .replaceAll(/\/(?:home|Users)\/[^\s/"'`:]+|\/root(?=\/)/g, '~')
}
