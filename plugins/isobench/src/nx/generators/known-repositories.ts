import type { z } from 'zod'
import type { MeasurementSettings } from '../../schema/measurement-settings.ts'
import type { Repository } from '../../schema/repository.ts'

/** What is known of a repository that the ancestor measured, so that nobody has to type it. */
export interface RepositoryFacts {
  readonly repository: Repository
  readonly measurement: z.input<typeof MeasurementSettings>
}

/** An engine takes minutes to start, and a process starts it once: the limits are for that. */
const enginesOnH100 = {
  accelerator: 'nvidia:h100',
  sandbox: 'bubblewrap',
  timeout_seconds: 900,
  budget_seconds: 14_400,
} as const

/** The repositories of the ancestor's two subsets. */
export const repositoryFacts: Readonly<Record<string, RepositoryFacts | undefined>> = {
  vllm: {
    repository: {
      url: 'https://github.com/vllm-project/vllm',
      package: { name: 'vllm', import: 'vllm' },
      // Both hosts keep one wheel a commit of the main branch; the second is the older address.
      wheels: [
        {
          kind: 'wheel-index',
          urls: ['https://wheels.vllm.ai', 'https://vllm-wheels.s3.us-west-2.amazonaws.com'],
        },
        { kind: 'ancestor-overlay' },
      ],
      python: '3.11',
      native_paths: [
        'csrc/**',
        'cmake/**',
        'CMakeLists.txt',
        'setup.py',
        'pyproject.toml',
        'requirements*',
        'requirements/**',
        'rust/**',
      ],
      license: 'Apache-2.0',
    },
    measurement: enginesOnH100,
  },
  sglang: {
    repository: {
      url: 'https://github.com/sgl-project/sglang',
      package: { name: 'sglang', import: 'sglang', root: 'python' },
      // No host keeps its wheels by commit.
      wheels: [{ kind: 'build', subdirectory: 'python' }],
      python: '3.11',
      native_paths: ['sgl-kernel/**', 'python/pyproject.toml'],
      license: 'Apache-2.0',
    },
    measurement: enginesOnH100,
  },
}
