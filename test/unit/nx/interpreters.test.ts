import { expect, test } from 'vitest'
import type { StageContext } from '../../../plugins/isobench/src/nx/context.ts'
import { measuringInterpreters } from '../../../plugins/isobench/src/nx/interpreters.ts'
import type { Environment } from '../../../plugins/isobench/src/schema/environment.ts'

test('what cannot be run here is named: the commit, or its control', async () => {
  const context = { projectName: 'demo-00000000' } as StageContext
  const interpreters = measuringInterpreters(context, { dependency_source: 'host' } as Environment)
  const message = 'dependencies come from the measuring machine, and no runs were collected: demo-00000000'
  await expect(interpreters()).rejects.toMatchObject({ code: 'prerequisite-missing', message })
  await expect(interpreters('blind')).rejects.toMatchObject({ message: `${message}, control blind` })
})
