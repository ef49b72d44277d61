import type { KnownChange } from '../../plugins/isobench/src/domain/leak/changed-lines.ts'
import type { LeakRule } from '../../plugins/isobench/src/schema/leak.ts'
import { bufferChange, setChange, setHead } from './leak-changes.ts'

/** What a text should be found to be. `rules` are those that must have found something; further ones may. */
export interface LeakCase {
  readonly name: string
  readonly change: KnownChange
  readonly text: string
  readonly severity: 'none' | 'hint' | 'answer'
  readonly rules: readonly LeakRule[]
}

const answer = (name: string, change: KnownChange, rules: LeakRule[], text: string): LeakCase => ({
  name,
  change,
  text,
  rules,
  severity: 'answer',
})

/** Texts that say what to write. */
export const leakingCases: readonly LeakCase[] = [
  answer('the whole diff', setChange, ['copied-code', 'new-name'], `Apply this:\n${setChange.hunks[0]!.text}`),
  answer(
    'two added lines without their signs',
    setChange,
    ['copied-code'],
    'For example:\n\n    return frozenset(load_stop_words(language))\n    table = stop_word_table(language)\n',
  ),
  answer(
    'added lines with other blanks, wrapped',
    setChange,
    ['copied-code'],
    'return frozenset(load_stop_words(\n  language))\nreturn [ token for token in tokens\n   if token.lower() not in table ]',
  ),
  answer(
    'the ancestor’s wording around the diff',
    bufferChange,
    ['copied-code'],
    `Here is an example of optimizations in a different context:\n<example_optimization_diff>\n${bufferChange.hunks[0]!.text.split('\n').slice(0, 5).join('\n')}\n</example_optimization_diff>`,
  ),
  answer(
    'only the removed lines, marked as removed',
    bufferChange,
    ['copied-code'],
    'In the step:\n-        lengths = batch.lengths.cpu().tolist()\n-            torch.cuda.synchronize()',
  ),
  answer(
    'one line inside a sentence',
    bufferChange,
    ['copied-code'],
    'The loop could read `scratch = self.scratch_buffer[: len(lengths)]` and `lengths = batch.host_lengths` first.',
  ),
  answer('the name of the new function', setChange, ['new-name'], 'Write stop_word_table and call it from the filter.'),
  answer(
    'the new function in a test',
    setChange,
    ['new-name'],
    'assert stop_word_table("en") is stop_word_table("en")',
  ),
  answer('new names of a member', bufferChange, ['directive'], 'Use host_lengths in the loop.'),
  answer('replace a by b', bufferChange, ['directive'], 'Replace torch.zeros with a slice of scratch_buffer.'),
  answer(
    'b instead of a',
    bufferChange,
    ['directive'],
    'Read `batch.host_lengths` instead of copying the lengths to the host.',
  ),
  answer('b rather than a', setChange, ['directive'], 'Build a frozenset rather than a list.'),
  answer('an arrow', bufferChange, ['directive'], 'Pattern: batch.lengths.cpu() → batch.host_lengths'),
  answer('what to remove', bufferChange, ['directive'], 'Get rid of torch.cuda.synchronize() in the loop.'),
  answer('what to avoid', bufferChange, ['directive'], 'Avoid the call of `tolist()` in every step.'),
  answer('decorate with', setChange, ['directive'], 'Decorate the loader with lru_cache.'),
  answer('convert into', setChange, ['directive'], 'Convert the words into a frozenset once.'),
  answer('use a tool', setChange, ['directive'], 'The loader should use functools.lru_cache.'),
  answer('switch to', setChange, ['directive'], 'Switch from the list to a frozenset.'),
  answer(
    'the sentence that says how',
    setChange,
    ['copied-message'],
    'Hint: replace it by a frozenset that is built once per language!',
  ),
  answer(
    'a part of that sentence',
    bufferChange,
    ['copied-message'],
    'avoid a device sync in every step by keeping lengths on the CPU',
  ),
  answer(
    'the whole message',
    bufferChange,
    ['copied-message'],
    `### Human Developer's Approach:\n\`\`\`\n${bufferChange.message}\n\`\`\``,
  ),
  answer(
    'the hash of the commit',
    setChange,
    ['reference'],
    `The fix is commit ${setHead.slice(0, 10)} of the repository.`,
  ),
  answer('the pull request', setChange, ['reference'], 'See pull request 4711 for the discussion.'),
  answer('a link to the pull request', bufferChange, ['reference'], 'https://example.org/engine/engine/pull/88/files'),
]

const fair = (name: string, change: KnownChange, text: string): LeakCase => ({
  name,
  change,
  text,
  severity: 'none',
  rules: [],
})
const hint = (name: string, change: KnownChange, rules: LeakRule[], text: string): LeakCase => ({
  name,
  change,
  text,
  rules,
  severity: 'hint',
})

/** Texts that pose the task fairly: they may name the place and show the code as it is. */
export const fairCases: readonly LeakCase[] = [
  fair('the place alone', setChange, 'Make `textkit.filters.drop_stop_words` faster.'),
  fair('the file and the function', bufferChange, 'The method Scheduler.step in engine/scheduler.py is slow.'),
  fair('the workload', setChange, 'Filtering 10,000 documents of 500 tokens takes 4.1 s; make it take less.'),
  fair(
    'the code at base',
    setChange,
    'def drop_stop_words(tokens, language):\n    words = load_stop_words(language)\n    return [token for token in tokens if token.lower() not in words]',
  ),
  fair(
    'the code at base in a fence',
    bufferChange,
    '```python\n    def step(self, batch):\n        lengths = batch.lengths.cpu().tolist()\n        scratch = torch.zeros(len(lengths), self.width)\n```',
  ),
  fair(
    'a profile',
    bufferChange,
    '  ncalls  tottime  function\n    5000    3.912  scheduler.py:40(step)\n    5000    0.310  {method tolist of torch.Tensor}',
  ),
  fair(
    'general advice',
    setChange,
    'Look for repeated work, unneeded copies and better data structures. Use a profiler first.',
  ),
  fair(
    'rules for the agent',
    setChange,
    'Do not edit the tests. Avoid changing the public API. Use only the standard library.',
  ),
  fair(
    'steps to take',
    bufferChange,
    '1. Explore the repository.\n2. Write a script that reproduces the time.\n3. Edit the source.\n4. Measure again.',
  ),
  fair('the base commit', setChange, 'The repository is at 0123456789abcdef0123456789abcdef01234567.'),
  fair('another pull request', setChange, 'This became slower with #4700 and pull request 47.'),
  fair('a number that only starts alike', setChange, 'Issue #47112 has the report.'),
  fair('the modules in use', setChange, 'import re\nfrom textkit.filters import drop_stop_words\n'),
  fair(
    'an efficiency test',
    setChange,
    'import random\nfrom textkit.filters import drop_stop_words\n\n\ndef setup():\n    return [random.choice(WORDS) for _ in range(500)]\n\n\ndef experiment(state):\n    return drop_stop_words(state, "en")\n',
  ),
  fair('words that are also names in the change', setChange, 'The table below has the times of each language.'),
  fair('a wish in few words', bufferChange, 'Reduce the overhead.'),
  fair(
    'an instruction about something else',
    bufferChange,
    'Replace the data set by your own with `--dataset PATH`, and use `pytest` instead of unittest.',
  ),
  fair('bullets of text', bufferChange, '- the step is called for every token\n- the results must stay equal'),
  fair('another language', setChange, 'Mache das Filtern der Stoppwörter schneller, ohne das Ergebnis zu ändern.'),
  fair('no text', setChange, ' \n'),
  fair(
    'a list of the functions that run',
    bufferChange,
    '["Scheduler.step", "Scheduler.place", "Engine.run", "Batch.lengths"]',
  ),
  fair('a set as a verb', bufferChange, 'Set the environment variable first, and change the batch size to 32.'),
  hint(
    'the subject, which says what but not how',
    bufferChange,
    ['copied-message'],
    'Reduce the overhead of the scheduler step.',
  ),
  hint('one new name in passing', setChange, ['new-name'], 'lru_cache is part of the standard library.'),
]
