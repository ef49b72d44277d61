// Filter and sort of the table of commits. The page is whole without it.
'use strict'
for (const table of document.querySelectorAll('table')) {
  const headings = [...table.querySelectorAll('th[data-sort]')]
  for (const heading of headings) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'sort'
    button.append(...heading.childNodes)
    button.addEventListener('click', () => sort(table, headings, heading))
    heading.append(button)
  }
}
for (const form of document.querySelectorAll('form[data-filters]')) {
  const rows = [...document.getElementById(form.dataset.filters).tBodies[0].rows]
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]))
  const filter = () => {
    const { text, ...wanted } = Object.fromEntries(new FormData(form))
    const words = text.toLowerCase().split(/\s+/)
    let shown = 0
    for (const row of rows) {
      const fits =
        words.every((word) => texts.get(row).includes(word)) &&
        Object.entries(wanted).every(([key, value]) => value === '' || row.dataset[key] === value)
      row.hidden = !fits
      shown += fits
    }
    form.querySelector('output').textContent =
      shown === rows.length ? `${shown} commit${shown === 1 ? '' : 's'}` : `${shown} of ${rows.length} commits`
  }
  form.addEventListener('input', filter)
  form.addEventListener('submit', (event) => event.preventDefault())
  form.hidden = false
  filter()
}

/** Sorts by a column, and the other way round the next time. Cells without a value stay at the end. */
function sort(table, headings, heading) {
  const column = heading.cellIndex
  const descending = heading.ariaSort === 'ascending'
  for (const each of headings) each.ariaSort = null
  heading.ariaSort = descending ? 'descending' : 'ascending'
  const valueOf = (row) => row.cells[column].dataset.value
  const rows = [...table.tBodies[0].rows].toSorted((a, b) => {
    const [one, other] = [valueOf(a), valueOf(b)]
    if (one === '' || other === '') return (one === '') - (other === '')
    const order = isNaN(one) || isNaN(other) ? (one < other ? -1 : Number(one > other)) : one - other
    return descending ? -order : order
  })
  table.tBodies[0].append(...rows)
}
