import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Configuration,
  readConfiguration,
} from '../../../../plugins/isobench/src/nx/generators/import-configuration.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isobench-configuration-'))
  await mkdir(join(directory, 'configs/extractions'), { recursive: true })
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** Reads a configuration with these lines below the two paths; relative to `directory`. */
async function read(
  lines: string,
  paths = 'repo_path: /nowhere/vLLM.git\nextractions_dir: extractions\n',
): Promise<Configuration> {
  await writeFile(join(directory, 'configs/experiments.yaml'), paths + lines)
  return readConfiguration('configs/experiments.yaml', directory)
}

describe('readConfiguration', () => {
  it('reads the configuration that the ancestor has in its documentation', async () => {
    await mkdir(join(directory, 'misc/extractions'), { recursive: true })
    const lines =
      'use_docker: false\ndocker_image: "some/image:latest"\ndataset_name: vllm_dataset_with_test\nhf_repo: https://huggingface.co/Someone\npush_to_hf: false\nsetup_commands: []\ninstall_commands: []\napi: null\nnotes: null\n'
    expect(await read(lines, 'repo_path: "/root/bench/vllm"\nextractions_dir: "misc/extractions"\n')).toEqual({
      repository: 'vllm',
      repositoryDirectory: '/root/bench/vllm',
      extractionsDirectory: join(directory, 'misc/extractions'),
      generation: {},
      dataset: {
        name: 'vllm_dataset_with_test',
        settings: { hub_repository: 'Someone/vllm_dataset_with_test' },
      },
      notCarriedOver: [
        'not carried over: `docker_image`: "some/image:latest": tests run in bubblewrap; `sandbox: docker:<image>` would run them in a container',
      ],
    })
  })

  it('names the repository after the clone and the dataset after the repository', async () => {
    expect(await read('')).toMatchObject({ repository: 'vllm', dataset: { name: 'vllm', settings: {} } })
  })

  it('carries the model over', async () => {
    const lines = 'llm_provider: openrouter\nllm_model: some/model\nllm_temperature: 0\nllm_max_tokens: 65536\n'
    expect(await read(lines)).toMatchObject({
      generation: {
        provider: 'openrouter',
        model: 'some/model',
        parameters: { temperature: 0 },
        max_output_tokens: 65536,
      },
      notCarriedOver: [],
    })
  })

  it('leaves the temperature of a model that thinks first', async () => {
    const imported = await read('llm_provider: openai\nllm_model: gpt-5\nllm_temperature: 0.2\n')
    expect(imported.generation).toEqual({ provider: 'openai', model: 'gpt-5' })
    expect(imported.notCarriedOver).toEqual([
      'not carried over: `llm_temperature`: 0.2: a model that thinks first takes no temperature',
    ])
  })

  it('says what it cannot carry over', async () => {
    const lines =
      'use_docker: true\ninstall_commands: [make]\napi: vllm.LLM\nnotes: hello\nllm_provider: bedrock\nllm_model: m\n'
    expect((await read(lines)).notCarriedOver).toMatchInlineSnapshot(`
      [
        "not carried over: \`use_docker\`: true: tests run in bubblewrap; \`sandbox: docker:<image>\` would run them in a container",
        "not carried over: \`install_commands\`: ["make"]: environments are made from verified wheels only",
        "not carried over: \`api\`: "vllm.LLM": the affected APIs are found in the change",
        "not carried over: \`notes\`: "hello": notes belong to single commits",
        "not carried over: \`llm_provider\`: "bedrock": needs a model and a provider with an OpenAI-compatible endpoint",
        "not carried over: \`llm_model\`: "m": needs a model and a provider with an OpenAI-compatible endpoint",
      ]
    `)
  })

  it.each([
    ['someone/old', 'someone/old'],
    ['datasets/someone/old', 'someone/old'],
    ['https://huggingface.co/datasets/someone/old/', 'someone/old'],
    ['https://huggingface.co/datasets/someone/old/tree/main', 'someone/old'],
    ['https://huggingface.co/datasets/someone/old.git', 'someone/old'],
    ['hf://datasets/someone/old', 'someone/old'],
    ['https://hf.co/someone', 'someone/vllm'],
  ])('takes the id of a Hub repository from %j', async (address, id) => {
    expect((await read(`hf_repo: ${address}\n`)).dataset.settings).toEqual({ hub_repository: id })
  })
})

describe('readConfiguration, given nonsense', () => {
  it.each([
    ['dataset: x\n', 'configs/experiments.yaml:3:1: unknown key at `dataset`'],
    [
      'dataset_name: ../x\n',
      'configs/experiments.yaml:3:15: must be letters, digits, `.`, `_` and `-` at `dataset_name`',
    ],
    ['push_to_hf: true\n', 'configs/experiments.yaml:3:13: needs `hf_repo` at `push_to_hf`'],
    [
      'push_to_hf: perhaps\n',
      'configs/experiments.yaml:3:13: invalid input: expected boolean, received string at `push_to_hf`',
    ],
    ['hf_repo: a/b/c\n', 'configs/experiments.yaml:3:10: must be `owner/name` or its address on the Hub at `hf_repo`'],
    [
      'hf_repo: https://example.org/a/b\n',
      'configs/experiments.yaml:3:10: must be `owner/name` or its address on the Hub at `hf_repo`',
    ],
  ])('%j', async (lines, message) => {
    await expect(read(lines)).rejects.toMatchObject({ code: 'bad-input', message })
  })

  it('names the key that is missing', async () => {
    await expect(read('', 'extractions_dir: extractions\n')).rejects.toThrow(
      'configs/experiments.yaml:1:1: invalid input: expected string, received undefined at `repo_path`',
    )
  })

  it('refuses a repository name that is no folder of ours', async () => {
    await expect(read('', 'repo_path: ..\nextractions_dir: extractions\n')).rejects.toThrow('not a repository name: ..')
    await expect(read('', 'repo_path: /some/my repo\nextractions_dir: extractions\n')).rejects.toMatchObject({
      message: 'not a repository name: my repo',
      hint: '`--repository` gives it another name than the last part of `repo_path`',
    })
  })

  it('names the file or the folder that is not there', async () => {
    await expect(readConfiguration('missing.yaml', directory)).rejects.toThrow(
      `no such file: ${join(directory, 'missing.yaml')}`,
    )
    await expect(read('', 'repo_path: /nowhere/vllm\nextractions_dir: other\n')).rejects.toMatchObject({
      message: 'no such folder at `extractions_dir` of configs/experiments.yaml: other',
      hint: `looked in ${join(directory, 'configs')} and ${directory}`,
    })
  })
})
