import { testRules } from '../../plugins/isobench/src/domain/test-rules.ts'

/** `docs/test-rules.md`: the rules that a test must keep. */
export function testRulesDocument(): string {
  const rows = Object.entries(testRules).map(([rule, hint]) => `| \`${rule}\` | ${hint} |`)
  return `# Rules of a test

Made from \`domain/test-rules/rules.ts\` by \`npm run generate\`. A test that a model wrote keeps all of them, or goes back
with the findings. A reviewed test keeps them too, but for lines that end in \`# isobench: allow RULE\`; what is installed
(the last four) is not checked for it. See [efficiency-test.md](efficiency-test.md).

| rule | what to do |
| --- | --- |
${rows.join('\n')}
`
}
