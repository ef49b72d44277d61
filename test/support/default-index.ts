import { createPythonProject, projectFiles } from './python-project.ts'

/** Asks the package index that uv asks where none is named for the page of one package, as the release rung does. */
export async function canReachDefaultIndex(): Promise<boolean> {
  const project = await createPythonProject()
  try {
    const installer = await project.environments().installer()
    if (installer.name === 'pip') return false
    const hash = await project.repository.commit({ files: projectFiles() })
    const release = { kind: 'release' as const, versions: { [hash]: '0' } }
    const environments = project.environments({ package: { name: 'packaging', import: 'packaging' } })
    const { attempts } = await environments.probe(release, { hash, commitDate: '2024-01-01T00:00:00Z' })
    return attempts[0]!.answer === 'HTTP 200, no wheel of 0'
  } catch (error) {
    if ((error as { code?: string }).code === 'network') return false
    throw error
  } finally {
    await project.remove()
  }
}
