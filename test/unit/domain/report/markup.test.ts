import { expect, test } from 'vitest'
import { type Content, escaped, html, joined } from '../../../../plugins/isobench/src/domain/report/markup.ts'

test('text stays text, in content and in a quoted attribute', () => {
  const hostile = `</p><script>alert("1")</script> & 'x'`
  expect(html`<p title="${hostile}">${hostile}</p>`.text).toMatchInlineSnapshot(
    `"<p title="&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;">&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</p>"`,
  )
})

test('control characters and marks that turn text around are shown by their number', () => {
  expect(escaped('a\u202Eb\u0000c\u001B[31md\u2066e')).toMatchInlineSnapshot(
    `"a[U+202E]b[U+0000]c[U+001B][31md[U+2066]e"`,
  )
})

test('letters of every script, new lines and tabs stay as they are', () => {
  expect(escaped('שלום مرحبا 👩‍🔬\n\tä')).toBe('שלום مرحبا 👩‍🔬\n\tä')
})

test('half a surrogate pair becomes a replacement character', () => {
  expect(escaped('a\uD83Db')).toBe('a\uFFFDb')
})

test('markup stands as it is, lists one after the other, and null and false are nothing', () => {
  const list: Content = ['a', html`<b>&amp;</b>`, 3, null, false, ['x', ['<']]]
  expect(html`${list}`.text).toBe('a<b>&amp;</b>3x&lt;')
  expect(joined(['a', html`<i></i>`], ', ').text).toBe('a, <i></i>')
})

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is no number that a page shows', (value) => {
  expect(() => html`${value}`).toThrow(`no number that a page can show: ${value}`)
})
