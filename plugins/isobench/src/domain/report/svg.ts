import { type Content, type Markup, html as svg } from './markup.ts'

/** What a chart is for someone who cannot see it. */
export interface Described {
  /** Unique in the page */
  readonly id: string
  readonly title: string
  /** What the chart shows, in one or two sentences with its main figures */
  readonly description: string
}

/** A place in a chart, in pixels from its upper left corner. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** An image of its own size that shrinks with the page; colours come from the classes of the style sheet. */
export function chart(
  { id, title, description }: Described,
  size: { readonly width: number; readonly height: number },
  content: Content,
): Markup {
  const { width, height } = size
  return svg`<svg class="chart" role="img" aria-labelledby="${id}-title ${id}-description" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><title id="${id}-title">${title}</title><desc id="${id}-description">${description}</desc>${content}</svg>`
}

/** Marks that share a class. */
export function group(className: string, content: Content): Markup {
  return svg`<g class="${className}">${content}</g>`
}

/** A straight line. */
export function line(from: Point, to: Point, className: string): Markup {
  return svg`<line class="${className}" x1="${fixed(from.x)}" y1="${fixed(from.y)}" x2="${fixed(to.x)}" y2="${fixed(to.y)}"/>`
}

/** A filled rectangle. */
export function rectangle(from: Point, to: Point, className: string): Markup {
  const [width, height] = [Math.max(0, to.x - from.x), Math.max(0, to.y - from.y)]
  return svg`<rect class="${className}" x="${fixed(from.x)}" y="${fixed(from.y)}" width="${fixed(width)}" height="${fixed(height)}"/>`
}

/** A line of text; `anchor` is the end that stands at the point. */
export function text(at: Point, words: string, anchor: 'start' | 'middle' | 'end', className = 'label'): Markup {
  return svg`<text class="${className}" x="${fixed(at.x)}" y="${fixed(at.y)}" text-anchor="${anchor}">${words}</text>`
}

export type Shape = 'circle' | 'square' | 'up' | 'down' | 'diamond' | 'cross'

/** A mark whose shape says what its colour says, with the words that appear when one points at it. */
export function mark(shape: Shape, at: Point, radius: number, className: string, words: string): Markup {
  return svg`<path class="${className}" d="${shapes[shape](at, radius)}"><title>${words}</title></path>`
}

const shapes: Record<Shape, (at: Point, radius: number) => string> = {
  circle: ({ x, y }, r) => `M${fixed(x - r)} ${fixed(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  square: ({ x, y }, r) => `M${fixed(x - r)} ${fixed(y - r)}h${2 * r}v${2 * r}h${-2 * r}z`,
  up: ({ x, y }, r) => `M${fixed(x)} ${fixed(y - r)}l${r} ${2 * r}h${-2 * r}z`,
  down: ({ x, y }, r) => `M${fixed(x)} ${fixed(y + r)}l${r} ${-2 * r}h${-2 * r}z`,
  diamond: ({ x, y }, r) => `M${fixed(x)} ${fixed(y - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`,
  cross: ({ x, y }, r) =>
    `M${fixed(x - r)} ${fixed(y - r)}l${2 * r} ${2 * r}M${fixed(x + r)} ${fixed(y - r)}l${-2 * r} ${2 * r}`,
}

/** A coordinate with one decimal, which is as fine as a screen shows. */
function fixed(value: number): number {
  if (!Number.isFinite(value)) throw new TypeError(`no place in a chart: ${value}`)
  return Math.round(value * 10) / 10 + 0
}
