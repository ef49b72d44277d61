import type { DependencyChoices } from '../schema/environment.ts'
import type { Repository } from '../schema/repository.ts'

/** How the settings of a repository say that dependencies are chosen, with nothing left open. */
export function dependencyChoices(settings: Repository): DependencyChoices {
  return {
    index: settings.dependency_index ?? null,
    torch_backend: settings.torch_backend ?? null,
    constraints: settings.constraints ?? [],
    overrides: settings.overrides ?? [],
    cutoff_exceptions: settings.cutoff_exceptions ?? [],
  }
}
