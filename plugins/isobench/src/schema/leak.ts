import { z } from 'zod'

/** By what a text gives a change away. */
export const LeakRule = z.enum(['copied-code', 'new-name', 'directive', 'copied-message', 'reference'])
export type LeakRule = z.infer<typeof LeakRule>

/** `answer`: whoever reads it need not find the change; `hint`: it narrows the search, and a person should look. */
export const LeakSeverity = z.enum(['hint', 'answer'])
export type LeakSeverity = z.infer<typeof LeakSeverity>

/** One place of a text that gives something of the change away. */
export const LeakFinding = z.strictObject({
  rule: LeakRule,
  severity: LeakSeverity,
  line: z.int().min(1).describe('Line of the text, from 1'),
  text: z.string().describe('What stands there, at most 200 characters'),
  matches: z.string().describe('What of the commit it matches, and where that is'),
})
export type LeakFinding = z.infer<typeof LeakFinding>

/** How much of a change a text gives away. */
export const Leak = z.strictObject({
  severity: z.enum(['none', ...LeakSeverity.options]).describe('The worst of the findings'),
  copied_lines: z.int().min(0).describe('Telling lines of the change that stand in the text'),
  telling_lines: z.int().min(0).describe('Telling lines of the change'),
  findings: z.array(LeakFinding).describe('In the order of the lines'),
})
export type Leak = z.infer<typeof Leak>
