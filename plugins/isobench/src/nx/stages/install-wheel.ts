import { canonicalJson } from '../../domain/canonical-json.ts'
import { installWheel } from '../../stages/install-wheel.ts'
import type { StageContext } from '../context.ts'
import type { Outputs } from '../outputs.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const [repository, commit, environments] = await Promise.all([
    context.repository(),
    context.commit(),
    context.environments(),
  ])
  const { environment, locks } = await installWheel(
    { repository, commit },
    { git: context.git, environments, log: context.log },
  )
  return {
    'environment.json': canonicalJson(environment),
    'pylock.base.toml': locks.base,
    'pylock.head.toml': locks.head,
  }
}
