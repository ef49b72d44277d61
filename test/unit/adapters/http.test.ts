import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, download } from '../../../plugins/isobench/src/adapters/http.ts'
import { type WheelHost, startWheelHost } from '../../support/wheel-host.ts'

let host: WheelHost
let folder: string
beforeAll(async () => {
  host = await startWheelHost()
  folder = await mkdtemp(join(tmpdir(), 'isobench-http-'))
})
afterAll(() => Promise.all([host.close(), rm(folder, { recursive: true })]))

test('a host that fails is asked again', async () => {
  host.files.set('/flaky', 'here')
  host.faults.set('/flaky', { status: 500, times: 2 })
  expect(await (await ask(`${host.url}/flaky`, 'GET')).text()).toBe('here')
  expect(host.requests).toEqual(['GET /flaky', 'GET /flaky', 'GET /flaky'])
})

test('a host that fails for ever is a network failure', async () => {
  host.faults.set('/broken', { status: 500 })
  await expect(ask(`${host.url}/broken`, 'HEAD')).rejects.toMatchObject({
    code: 'network',
    message: `cannot reach ${host.url}/broken: HTTP 500`,
  })
  await expect(ask('http://127.0.0.1:1/', 'HEAD')).rejects.toMatchObject({ code: 'network' })
})

test('a refusal is an answer, given once', async () => {
  host.requests.length = 0
  expect((await ask(`${host.url}/nothing`, 'HEAD')).status).toBe(404)
  expect(host.requests).toEqual(['HEAD /nothing'])
})

test('a file is fetched whole', async () => {
  host.files.set('/file', Buffer.from('content'))
  await download(`${host.url}/file`, join(folder, 'file'))
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('content')
})

test('a file that ends too early is a network failure', async () => {
  host.files.set('/cut', Buffer.alloc(100_000))
  host.faults.set('/cut', 'cut')
  await expect(download(`${host.url}/cut`, join(folder, 'cut'))).rejects.toMatchObject({ code: 'network' })
})
