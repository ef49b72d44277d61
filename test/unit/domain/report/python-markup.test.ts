import { expect, test } from 'vitest'
import { pythonMarkup } from '../../../../plugins/isobench/src/domain/report/python-markup.ts'

const source = `import os  # "no string"


@decorated.twice
class Été:
    def run(self, x=0x1F, y=1.5e-3):
        """Doc with 'quotes' and # no comment."""
        text = rb"a\\"b" + f'{x}' + '''two
lines'''
        return x @ y if text else None
`

/** The text that a reader sees. */
function textOf(markup: string): string {
  return markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

test('comments, strings, numbers, keywords, decorators and defined names are marked', () => {
  expect(pythonMarkup(source).text).toMatchInlineSnapshot(`
    "<span class="code-keyword">import</span> os  <span class="code-comment"># &quot;no string&quot;</span>


    <span class="code-decorator">@decorated.twice</span>
    <span class="code-keyword">class</span> <span class="code-name">Été</span>:
        <span class="code-keyword">def</span> <span class="code-name">run</span>(self, x=<span class="code-number">0x1F</span>, y=<span class="code-number">1.5e</span>-<span class="code-number">3</span>):
            <span class="code-string">&quot;&quot;&quot;Doc with &#39;quotes&#39; and # no comment.&quot;&quot;&quot;</span>
            text = <span class="code-string">rb&quot;a\\&quot;b&quot;</span> + <span class="code-string">f&#39;{x}&#39;</span> + <span class="code-string">&#39;&#39;&#39;two
    lines&#39;&#39;&#39;</span>
            <span class="code-keyword">return</span> x @ y <span class="code-keyword">if</span> text <span class="code-keyword">else</span> <span class="code-keyword">None</span>
    "
  `)
})

test.each([
  ['the source above', source],
  ['markup', '</code><script>alert(1)</script> & "'],
  ['an unclosed string', "a = \"never\nb = '''to the end\n# still"],
  ['an unclosed string that ends in a backslash', "'''\\"],
  ['no Python at all', 'שלום <> \\ `` $ %'],
  ['nothing', ''],
])('every character of %s stays where it is', (_name, text) => {
  expect(textOf(pythonMarkup(text).text)).toBe(text)
})

test.each([`"""`, `'`, `\\"`, ' ', '@', '#', 'rb', `"'`])('200 kB of %j are taken', (piece) => {
  const text = piece.repeat(200_000 / piece.length)
  expect(textOf(pythonMarkup(text).text)).toBe(text)
})
