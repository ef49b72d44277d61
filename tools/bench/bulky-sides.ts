import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Interpreters } from '../../plugins/isobench/src/schema/run-bundle.ts'

const modules = 680
const classesPerModule = 4

/** Two folders that look like environments, each with a made-up package of the size that a checker reads for vLLM with torch. */
export async function makeBulkySides(): Promise<{ interpreters: Interpreters; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-bulky-'))
  for (const side of ['base', 'head']) {
    const bulky = join(folder, side, 'lib/python3.11/site-packages/bulky')
    await mkdir(bulky, { recursive: true })
    const names = Array.from({ length: modules }, (_, index) => `part_${index}`)
    await Promise.all(names.map((name, index) => writeFile(join(bulky, `${name}.py`), moduleText(index))))
    await writeFile(join(bulky, '__init__.py'), names.map((name) => `from bulky.${name} import *\n`).join(''))
  }
  const python = (side: string) => join(folder, side, 'bin/python')
  return {
    interpreters: { base: python('base'), head: python('head'), read_only: [] },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export const bulkyTest = `import bulky
from bulky import Thing_3_1


def setup():
    return Thing_3_1(size=3), bulky.Thing_650_2(4)


def experiment(state):
    thing, other = state
    return [thing.step(1), other.step(2, scale=2.0)]


def digest(result):
    return [part.value for part in result]
`

/** About 95 lines: classes with annotated methods, each using one of the module before. */
function moduleText(index: number): string {
  const imports = index === 0 ? '' : `from bulky.part_${index - 1} import Thing_${index - 1}_0\n`
  const classes = Array.from({ length: classesPerModule }, (_, number) => classText(index, number))
  return `from dataclasses import dataclass, field\nfrom typing import Dict, List, Optional, Union\n${imports}\n${classes.join('\n\n')}`
}

function classText(index: number, number: number): string {
  const name = `Thing_${index}_${number}`
  const before = index === 0 ? 'int' : `"Thing_${index - 1}_0"`
  return `class ${name}:
    """Holds a number of rows and steps through them."""

    def __init__(self, size: int, names: Optional[List[str]] = None, before: Optional[${before}] = None):
        self.size = size
        self.names = names or []
        self.before = before
        self.table: Dict[str, int] = {name: position for position, name in enumerate(self.names)}
        self.value = 0

    def step(self, count: int, scale: float = 1.0) -> "${name}":
        for position in range(count):
            if position % 2 == 0 and self.table.get(str(position)) is not None:
                self.value += int(position * scale)
            else:
                self.value -= self.size
        return self

    def rows(self) -> Union[List[int], List[str]]:
        return [self.value] if self.value > self.size else list(self.names)
`
}
