import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { canonicalJson } from '../domain/canonical-json.ts'
import { IsobenchError } from '../errors.ts'
import type { BundledCommit, PortableBundle } from '../schema/portable-bundle.ts'
import type { ControlKind, Plan } from '../schema/run-bundle.ts'
import { exists, sha256, writeAtomically } from './files.ts'
import { harnessFiles } from './runner.ts'
import { digestFile } from './wheel.ts'

/** A commit to put into a bundle. */
export interface CommitToBundle {
  readonly entry: BundledCommit
  readonly plan: Plan
  readonly test: string
  readonly locks: { readonly base: string; readonly head: string }
}

/** Brings a wheel into a bundle. @returns what it is there */
export type BringWheel = (
  file: string,
  target: string,
) => Promise<{ readonly sha256: string; readonly sizeBytes: number }>

/** What is written into a bundle; `results/` and `work/` of an earlier one stay, so that measuring goes on. */
const written = ['bundle.json', 'run.py', 'harness', 'commits', 'wheels']

const entryPoint = `"""Measures the commits of this bundle: python3 run.py --help"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness"))

from portable import main

sys.exit(main(sys.argv[1:]))
`

/**
 * Writes a bundle that any machine with Python 3.9 or newer can measure.
 * @param wheels path in the bundle to file on this machine
 * @param bring copies and digests it, if nothing else is given
 * @returns the size of the whole in bytes
 * @throws IsobenchError `bad-input` for a folder that holds something else
 */
export async function writePortableBundle(
  folder: string,
  tool: string,
  commits: readonly CommitToBundle[],
  wheels: ReadonlyMap<string, string>,
  bring: BringWheel = copyWheel,
): Promise<number> {
  await clear(folder)
  const texts = new Map<string, string | Uint8Array>([['run.py', entryPoint]])
  for (const { name, content } of await harnessFiles()) texts.set(`harness/${name}`, content)
  for (const { entry, plan, test, locks } of commits) {
    const place = `commits/${folderName(entry.instance_id, entry.control)}`
    texts.set(`${place}/plan.json`, canonicalJson(plan))
    texts.set(`${place}/${plan.script}`, test)
    texts.set(`${place}/pylock.base.toml`, locks.base)
    texts.set(`${place}/pylock.head.toml`, locks.head)
  }
  const files: PortableBundle['files'] = {}
  let bytes = 0
  for (const [path, content] of texts) {
    await writeAtomically(join(folder, path), content)
    files[path] = sha256(content)
    bytes += Buffer.byteLength(content)
  }
  for (const [path, file] of wheels) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    const brought = await bring(file, join(folder, path))
    files[path] = brought.sha256
    bytes += brought.sizeBytes
  }
  const manifest: PortableBundle = { schema_version: 1, tool, commits: commits.map(({ entry }) => entry), files }
  await writeAtomically(join(folder, 'bundle.json'), canonicalJson(manifest))
  return bytes
}

async function copyWheel(file: string, target: string): ReturnType<BringWheel> {
  await copyFile(file, target)
  return digestFile(target)
}

/** The folder of a measurement, in the bundle and in its results. */
export function folderName(instanceId: string, control: ControlKind | null): string {
  return control === null ? instanceId : `${instanceId}.${control}`
}

async function clear(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const isBundle = await exists(join(folder, 'bundle.json'))
  if (!isBundle && (await readdir(folder)).length > 0) {
    throw new IsobenchError('bad-input', `the folder holds something else than a bundle: ${folder}`, {
      hint: 'name a new or empty folder with --output',
    })
  }
  await Promise.all(written.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
