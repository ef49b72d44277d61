import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Tree, readJson, writeJson } from '@nx/devkit'
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { init, initialize } from '../../../../plugins/isobench/src/nx/generators/init.ts'

let tree: Tree
let lines: string[]
const log = (line: string): void => void lines.push(line)

beforeEach(() => {
  tree = createTreeWithEmptyWorkspace()
  lines = []
})

/** Every file that the generator changed, with its text. */
function changes(): Record<string, string> {
  return Object.fromEntries(tree.listChanges().map(({ path, content }) => [path, content?.toString() ?? '']))
}

describe('init', () => {
  it('adds the plugin, the cache folder, ignore rules, folders and settings', () => {
    initialize(tree, {}, log)
    expect(readJson(tree, 'nx.json')).toMatchObject({ plugins: ['nx-isobench'], cacheDirectory: '.nx/cache' })
    expect(tree.read('.gitignore', 'utf8')).toBe('out/\n.isobench/\n.nx/\n.env.local\n')
    expect(tree.read('commits/README.md', 'utf8')).toMatch(/^# Commits\n/)
    expect(tree.read('datasets/README.md', 'utf8')).toMatch(/^# Datasets\n/)
    expect(lines).toEqual([])
  })

  it('writes the settings that this repository runs with', () => {
    initialize(tree, {}, log)
    const own = readFileSync(join(import.meta.dirname, '../../../../.env'), 'utf8')
    expect(tree.read('.env', 'utf8')).toBe(own)
  })

  it('changes nothing when it is run again', () => {
    initialize(tree, {}, log)
    const before = changes()
    initialize(tree, {}, log)
    expect(changes()).toEqual(before)
  })

  it('keeps the bytes of an nx.json that lacks nothing', () => {
    const text = '{ "plugins": [ {"plugin":"nx-isobench"} ],\n"cacheDirectory": ".cache" }'
    tree.write('nx.json', text)
    initialize(tree, {}, log)
    expect(tree.read('nx.json', 'utf8')).toBe(text)
  })

  it('keeps a plugin that is registered by path, and other plugins', () => {
    writeJson(tree, 'plugins/isobench/package.json', { name: 'nx-isobench' })
    writeJson(tree, 'nx.json', { plugins: ['other', './plugins/isobench/src/index.ts'], parallel: 2 })
    initialize(tree, {}, log)
    expect(readJson(tree, 'nx.json')).toEqual({
      plugins: ['other', './plugins/isobench/src/index.ts'],
      parallel: 2,
      cacheDirectory: '.nx/cache',
    })
  })

  it('does not take another local plugin for its own', () => {
    writeJson(tree, 'plugins/other/package.json', { name: 'other' })
    writeJson(tree, 'nx.json', { plugins: ['./plugins/other/src/index.ts'] })
    initialize(tree, {}, log)
    expect(readJson(tree, 'nx.json').plugins).toEqual(['./plugins/other/src/index.ts', 'nx-isobench'])
  })

  it('appends only the ignore rules that are missing', () => {
    tree.write('.gitignore', 'node_modules\nout\n.nx/')
    initialize(tree, {}, log)
    expect(tree.read('.gitignore', 'utf8')).toBe('node_modules\nout\n.nx/\n.isobench/\n.env.local\n')
  })

  it('leaves an .env as it is and says which settings it lacks', () => {
    tree.write('.env', 'NX_DAEMON=false\nMINE=1\n')
    initialize(tree, {}, log)
    expect(tree.read('.env', 'utf8')).toBe('NX_DAEMON=false\nMINE=1\n')
    expect(lines).toEqual([
      'left as it is: .env; these settings make Nx faster: NX_ISOLATE_PLUGINS=false NX_LOAD_DOT_ENV_FILES=false',
    ])
  })

  it('is what Nx calls', async () => {
    await init(tree, {})
    expect(tree.exists('commits/README.md')).toBe(true)
  })
})
