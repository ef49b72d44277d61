/** One commit of the demo repository: what it changes is in `history/<folder>/files`, whole files as they are after it. */
export interface Revision {
  /** Below `history/`. Beside `files` it may hold the `commit.yaml` and `efficiency_test.py` of an isobench project. */
  readonly folder: string
  readonly author: { readonly name: string; readonly email: string }
  /** With the offset of the author's zone, as git reads it */
  readonly date: string
  readonly message: string
  /** Files and folders that move before `files` is laid over the tree: old path to new path */
  readonly move?: Readonly<Record<string, string>>
}

const mira = { name: 'Mira Halloran', email: 'mira@example.org' }
const jonas = { name: 'Jonas Petrov', email: 'jonas@example.org' }

const everything = ['LICENSE', 'README.md', '_backend', 'pyproject.toml', 'quillstats', 'tests']

/** The history of the demo repository, oldest first: what `git log --reverse` shows. */
export const history: readonly Revision[] = [
  {
    folder: '01-start',
    author: mira,
    date: '2025-02-03T09:14:00+0100',
    message: `Start quillstats: counts, tables, search, similarity and templates
`,
  },
  {
    folder: '02-inverted-index',
    author: mira,
    date: '2025-02-06T16:40:00+0100',
    message: `index: look words up instead of scanning all documents

search() went through every document for every word of the query, and once
more to see how rare the word is. Keep the documents of each word and visit
only those. The order of the sums stays, so scores are the same to the bit.
`,
  },
  {
    folder: '03-plain-rows',
    author: jonas,
    date: '2025-02-11T11:05:00+0200',
    message: `table: split rows without quotes

Most rows of most files have no quotes. Split those with str.split and keep
the character by character reader for the others. About 4x on our exports.
`,
  },
  {
    folder: '04-document-speed',
    author: mira,
    date: '2025-02-12T08:52:00+0100',
    message: `docs: say what is fast and what is not

Searching with one index is up to 20x faster than building one a query.
`,
  },
  {
    folder: '05-split-sentences',
    author: jonas,
    date: '2025-02-20T14:31:00+0200',
    message: `tokens: split sentences with one expression

Building each sentence one character at a time was slow on long texts.
`,
  },
  {
    folder: '06-slice-tuples',
    author: jonas,
    date: '2025-02-21T10:18:00+0200',
    message: `counts: slice n-grams from a tuple

Slices of a tuple are tuples already, which saves a copy for each n-gram.
`,
  },
  {
    folder: '07-normalise-fully',
    author: mira,
    date: '2025-03-03T17:26:00+0100',
    message: `normalise: go on until nothing changes

Replacing compatibility characters can bring upper case back: normalise("ᴬ")
gave "A", so such words were counted apart from their lower case. Normalise
every character until it stays the same. Slightly slower, but correct.
`,
  },
  {
    folder: '08-missing-value',
    author: jonas,
    date: '2025-03-07T13:02:00+0200',
    message: `template: raise MissingValue for names without a value

It is still a KeyError, but callers can tell it from their own and ask for
the name. Also speaks of the end of the last match, which it is.
`,
  },
  {
    folder: '09-rank-with-heap',
    author: jonas,
    date: '2025-03-12T18:47:00+0200',
    message: `index: rank with a heap

Sorting all documents to return ten of them is wasteful; a heap of the best
ten is enough. Much faster for frequent words.
`,
  },
  {
    folder: '10-rank-ties',
    author: jonas,
    date: '2025-03-13T09:20:00+0200',
    message: `index: fix TypeError when documents tie

Two documents of equal score were compared themselves, which they cannot be.
Compare their identifiers, as before the heap.
`,
  },
  {
    folder: '11-skip-unequal-sizes',
    author: mira,
    date: '2025-03-24T15:11:00+0100',
    message: `similarity: skip pairs of very unequal size

Texts whose sizes are too far apart cannot reach the threshold, whatever
their words are. Skipping them saves half of the set operations.
`,
  },
  {
    folder: '12-keep-threshold',
    author: mira,
    date: '2025-03-25T09:03:00+0100',
    message: `similarity: keep pairs exactly at the threshold

The threshold itself counts, so the sizes may be as far apart as it says.
`,
  },
  {
    folder: '13-plain-ascii',
    author: jonas,
    date: '2025-04-08T12:39:00+0300',
    message: `normalise: leave ASCII alone; put the licence into the wheel

ASCII has no accents to strip. While at it, ship the licence as packagers
asked for.
`,
  },
  {
    folder: '14-licence-name',
    author: jonas,
    date: '2025-04-08T13:15:00+0300',
    message: `build: the licence file is called LICENSE
`,
  },
  {
    folder: '15-move-to-python',
    author: mira,
    date: '2025-04-22T10:00:00+0200',
    message: `template: compile once; move the library to python/

render() looked for placeholders anew in every call. Keep the last 64
templates in compiled form. Makes room for ports to other languages.
`,
    move: Object.fromEntries(everything.map((path) => [path, `python/${path}`])),
  },
  {
    folder: '16-move-back',
    author: mira,
    date: '2025-04-29T16:08:00+0200',
    message: `Move the library back to the top

Nobody could install from the repository any more, and there is no port.
`,
    move: Object.fromEntries(everything.map((path) => [`python/${path}`, path])),
  },
  {
    folder: '17-two-rows',
    author: jonas,
    date: '2025-05-06T11:54:00+0300',
    message: `similarity: keep two rows of the edit distance

Only the row above is needed, not the whole matrix. Faster and far smaller.
`,
  },
]
