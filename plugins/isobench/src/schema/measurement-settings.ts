import { z } from 'zod'

/** `commits/<repository>/measurement.yaml`: how the tests are measured. */
export const MeasurementSettings = z
  .strictObject({
    profile: z
      .enum(['quick', 'standard', 'rigorous'])
      .default('standard')
      .describe('How many pairs at the most, and at which looks to decide'),
    target_effect: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.03)
      .describe('The smallest relative change worth finding; steers the futility stop'),
    accelerator: z
      .string()
      .regex(/^(none|nvidia(:[a-z0-9-]+)?)$/, 'must be `none`, `nvidia` or `nvidia:<name>`')
      .default('none')
      .describe('The device to measure on; checked when measuring, not hashed from the machine'),
    sandbox: z
      .enum(['bubblewrap', 'none'])
      .default('bubblewrap')
      .describe('`none` runs the test with the rights of the caller; stamped into the record'),
    session: z
      .int()
      .min(1)
      .default(1)
      .describe('Raise it to measure again: finished runs are otherwise used as they are. Sessions are never pooled'),
    controls: z
      .strictObject({
        second_base: z
          .boolean()
          .default(false)
          .describe('Measure base against a second installation of it, every commit'),
        blind_share: z
          .number()
          .min(0)
          .max(1)
          .default(0.05)
          .describe(
            'Share of commits measured again with base in the place of head; which ones, a hash of the id says',
          ),
      })
      .prefault({})
      .describe('Measurements of identical code, which must not find a difference'),
    timeout_seconds: z.number().positive().max(86_400).default(300).describe('For one process'),
    budget_seconds: z.number().positive().max(604_800).default(3600).describe('For one commit'),
    memory_bytes: z.int().positive().optional().describe('Address space of one process; default: no limit'),
  })
  .meta({ id: 'measurement-settings', title: 'measurement.yaml' })
export type MeasurementSettings = z.infer<typeof MeasurementSettings>
