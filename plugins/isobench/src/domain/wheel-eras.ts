/**
 * How the wheels of a time are kept on wheels.vllm.ai, with the first day of that time on the main branch
 * (reference/wheels.md §1.1). What the host has of a commit only the host says.
 */
export const wheelEras = [
  { layout: 'none', since: '1970-01-01' },
  { layout: 'version of the tree, by Python', since: '2024-07-12' },
  { layout: 'version of the tree', since: '2024-07-19' },
  { layout: 'constant name', since: '2024-09-24' },
  { layout: 'page', since: '2025-01-07' },
  { layout: 'metadata.json', since: '2025-12-02' },
] as const
export type WheelLayout = (typeof wheelEras)[number]['layout']

/** @param date RFC 3339, with any offset */
export function wheelLayoutOf(date: string): WheelLayout {
  const instant = new Date(date).toISOString()
  return wheelEras.findLast(({ since }) => since <= instant)!.layout
}
