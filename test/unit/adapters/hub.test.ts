import { afterEach, beforeEach, expect, test } from 'vitest'
import { hubAccess, openHub } from '../../../plugins/isobench/src/adapters/hub.ts'
import { type HubServer, startHub } from '../../support/hub-server.ts'

let server: HubServer
beforeEach(async () => {
  server = await startHub()
})
afterEach(() => server.close())

const open = (token: string | undefined = 'hf_test') =>
  openHub({ endpoint: `${server.url}/`, name: 'tester/demo', token, wait: async () => undefined })

test('address and token come from the variables of the Python clients', () => {
  expect(hubAccess({})).toEqual({ endpoint: 'https://huggingface.co', token: undefined })
  expect(hubAccess({ HF_ENDPOINT: 'http://127.0.0.1:1/', HF_TOKEN: ' hf_x\n' })).toEqual({
    endpoint: 'http://127.0.0.1:1/',
    token: 'hf_x',
  })
  expect(() => hubAccess({ HF_TOKEN: 'secret' })).toThrow('HF_TOKEN is no token of the Hub: it must begin with `hf_`')
})

test('a repository that is not there has no head, and one that is there is not made again', async () => {
  const hub = open()
  expect(await hub.head()).toBeNull()
  await hub.create(false)
  await hub.create(true)
  expect(server.repositories.get('tester/demo')!.isPrivate).toBe(false)
  expect(await hub.head()).toBe(server.repository('tester/demo').branches.get('main'))
  expect(await hub.resolve('v9')).toBeNull()
})

test('files come from all pages of the tree, and are read back', async () => {
  const hub = open()
  const repository = server.repository('tester/demo')
  const changes = Array.from({ length: 120 }, (_, index) => ({
    key: 'file' as const,
    value: { path: `notes/${index}.md`, content: Buffer.from(`note ${index}`).toString('base64') },
  }))
  const oid = repository.write(repository.branches.get('main')!, 'notes', '', changes)
  const files = await hub.files(oid)
  expect(files.length).toBe(121)
  expect(files.find(({ path }) => path === 'notes/7.md')).toMatchObject({ sizeBytes: 6, sha256: null })
  const content = await Array.fromAsync(await hub.read(oid, 'notes/7.md'))
  expect(Buffer.concat(content).toString()).toBe('note 7')
  await expect(hub.read(oid, 'notes/none.md')).rejects.toMatchObject({ status: 404 })
})

test('a private repository is not shown without a token', async () => {
  server.repository('tester/demo')
  await expect(open(undefined).head()).resolves.toBeTruthy()
  const anonymous = openHub({ endpoint: server.url, name: 'tester/demo', token: undefined })
  await expect(anonymous.head()).rejects.toMatchObject({ status: 401 })
})

test('no answer at all is a fault without a status', async () => {
  const { url } = server
  await server.close()
  const hub = openHub({ endpoint: url, name: 'tester/demo', token: 'hf_test', wait: async () => undefined })
  await expect(hub.head()).rejects.toMatchObject({ status: null, message: expect.stringContaining('ECONNREFUSED') })
  server = await startHub()
})
