import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installedSignatures } from '../../../plugins/isobench/src/adapters/installed-signatures.ts'
import { sitePackagesOf } from '../../../plugins/isobench/src/adapters/environment-layout.ts'
import { signatureEntries } from '../../../plugins/isobench/src/domain/signature-list.ts'
import { type PythonSides, createSides, slowAndFast } from '../../support/python-sides.ts'

const engine = `
raise SystemExit("imported")
from dataclasses import dataclass
from typing import overload

@dataclass
class Options:
    size: int
    name: str = "x"

class Base:
    def __init__(self, options, *, quick=False): ...
    def inherited(self) -> int: ...

class Engine(Base):
    @overload
    def run(self, item: str): ...
    def run(self, item, /, times: int = 1): ...
    @classmethod
    def make(cls): ...
    def _hidden(self): ...

if True:
    async def serve(port=0): ...
`

let sides: PythonSides
beforeAll(async () => {
  sides = await createSides(slowAndFast)
  for (const side of ['base', 'head'] as const) {
    const folder = join((await sitePackagesOf(sides.interpreters[side])).sitePackages, 'pack')
    await mkdir(folder)
    await writeFile(join(folder, '__init__.py'), 'from .engine import Engine as Motor\nfrom pack.engine import *\n')
    const added = side === 'head' ? 'def added(x, y=2): ...\n' : 'def removed(): ...\n'
    await writeFile(
      join(folder, 'engine.py'),
      engine.replace('times: int', side === 'head' ? 'count: int' : 'times: int') + added,
    )
    await writeFile(join(folder, 'broken.py'), 'def (')
  }
})
afterAll(() => sides.remove())

test('what is installed is read and not run; each side has its own', async () => {
  const names = [
    'pack.Motor',
    'pack.engine.Engine.inherited',
    'pack.engine.Options',
    'pack.engine.serve',
    'pack.engine.added',
    'pack.engine.removed',
    'pack.broken.x',
    'pack.nothing',
    'nowhere.x',
    'demo.work',
  ]
  const signatures = await installedSignatures(async () => sides.interpreters)(names)
  expect(signatureEntries(names, signatures).join('\n')).toMatchInlineSnapshot(`
    "- pack.Motor (base)
        class Engine(Base)
        def __init__(self, options, *, quick=False)
        def run(self, item, /, times: int=1)
        @classmethod def make(cls)
    - pack.Motor (head)
        class Engine(Base)
        def __init__(self, options, *, quick=False)
        def run(self, item, /, count: int=1)
        @classmethod def make(cls)
    - pack.engine.Engine.inherited (base and head)
        def inherited(self) -> int
    - pack.engine.Options (base and head)
        class Options
        size: int
        name: str = 'x'
    - pack.engine.serve (base and head)
        async def serve(port=0)
    - pack.engine.added (head only)
        def added(x, y=2)
    - pack.engine.removed (base only)
        def removed()
    - demo.work (base and head)
        def work(n)"
  `)
})

test('for no names nothing is asked', async () => {
  const ask = installedSignatures(() => Promise.reject(new Error('no environment may be made')))
  expect(await ask([])).toEqual({ base: {}, head: {} })
})
