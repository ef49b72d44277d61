import type { KnownChange } from '../../plugins/isobench/src/domain/leak/changed-lines.ts'

export const setHead = '5f3c2d1e9ab84710cc56de7f8a90b1c2d3e4f506'
const file = (path: string): KnownChange['files'][number] => ({
  path,
  old_path: null,
  change: 'modified',
  role: 'source',
  lines_added: 1,
  lines_removed: 1,
})

/** Membership in a list becomes membership in a set, in a helper of its own that is cached. */
export const setChange: KnownChange = {
  head_commit: setHead,
  subject: '[Core] Look stop words up in a cached set (#4711)',
  message:
    '[Core] Look stop words up in a cached set (#4711)\n\nThe list was scanned for every token of every document. Replace it by a frozenset that is built once per language.\n\nSigned-off-by: A <a@example.org>',
  files: [file('textkit/filters.py')],
  functions: [
    { path: 'textkit/filters.py', name: 'drop_stop_words', module: 'textkit.filters', sides: ['base', 'head'] },
    { path: 'textkit/filters.py', name: 'stop_word_table', module: 'textkit.filters', sides: ['head'] },
  ],
  hunks: [
    {
      path: 'textkit/filters.py',
      header: '@@ -1,12 +1,18 @@',
      rank: 1,
      text: [
        ' import re',
        '+from functools import lru_cache',
        ' ',
        '+@lru_cache(maxsize=32)',
        '+def stop_word_table(language):',
        '+    return frozenset(load_stop_words(language))',
        '+',
        ' def drop_stop_words(tokens, language):',
        '-    words = load_stop_words(language)',
        '-    return [token for token in tokens if token.lower() not in words]',
        '+    table = stop_word_table(language)',
        '+    return [token for token in tokens if token.lower() not in table]',
      ].join('\n'),
    },
  ],
}

/** A copy to the host for every step goes, and a buffer is allocated once. */
export const bufferChange: KnownChange = {
  head_commit: '77aa10b2c3d4e5f60718293a4b5c6d7e8f901234',
  subject: 'Reduce the overhead of the scheduler step (#88)',
  message:
    'Reduce the overhead of the scheduler step (#88)\n\nAvoid a device sync in every step by keeping lengths on the host.',
  files: [file('engine/scheduler.py')],
  functions: [
    { path: 'engine/scheduler.py', name: 'Scheduler.step', module: 'engine.scheduler', sides: ['base', 'head'] },
  ],
  hunks: [
    {
      path: 'engine/scheduler.py',
      header: '@@ -40,9 +40,9 @@ class Scheduler:',
      rank: 1,
      text: [
        '     def step(self, batch):',
        '-        lengths = batch.lengths.cpu().tolist()',
        '-        scratch = torch.zeros(len(lengths), self.width)',
        '+        lengths = batch.host_lengths',
        '+        scratch = self.scratch_buffer[: len(lengths)]',
        '         for index, length in enumerate(lengths):',
        '             self.place(index, length, scratch)',
        '-            torch.cuda.synchronize()',
      ].join('\n'),
    },
  ],
}
