import { z } from 'zod'

/**
 * `budget.yaml` in the root of the workspace: what one Nx command may spend on models. No stage has it as an input,
 * because it stops a run and never changes a result: raising it runs nothing again.
 */
export const Budget = z
  .strictObject({
    calls: z.int().min(0).optional().describe('Calls of one Nx command, all its commits together'),
    tokens: z.int().min(0).optional().describe('Tokens in and out'),
    usd: z.number().min(0).optional().describe('US dollars; a model whose price is unknown is then not called'),
  })
  .meta({ id: 'budget', title: 'budget.yaml' })
export type Budget = z.infer<typeof Budget>
