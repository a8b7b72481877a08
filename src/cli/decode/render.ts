/** Explanations and broken texts as lines for a terminal. */
import type { Explanation, Row } from './explanation.ts'
import type { Broken, Malformed } from './malformed.ts'

const marks = { holds: '✓', fails: '✗', open: '·' } as const

/** How many characters of a broken text stand to the left and to the right of where it breaks. */
const windowChars = { before: 48, after: 24 } as const

/**
 * Text that a terminal shows as it is: control characters, which could rewrite the screen, and marks that turn the
 * direction of writing become visible. One character stays one character, so that a caret keeps its place.
 */
export const visible = (text: string): string =>
  text
    .replace(/[\u0000-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replace(/\u007f/g, '␡')
    .replace(/[\u0080-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu, '\ufffd')

/** An explanation to lines. */
export function lines({ title, sections, checks }: Explanation): string[] {
  const shown = sections.filter((section) => section.rows.length > 0)
  const width = Math.max(0, ...shown.flatMap((section) => section.rows.map(([label]) => label.length)))
  const row = ([label, value]: Row) => `    ${visible(label).padEnd(width)}  ${visible(value)}`.trimEnd()
  return [
    title,
    ...shown.flatMap((section) => ['', `  ${visible(section.title)}`, ...section.rows.map(row)]),
    ...(checks.length === 0 ? [] : ['', '  checks']),
    ...checks.map(({ verdict, text }) => `    ${marks[verdict]} ${visible(text)}`),
  ]
}

/** A malformed text to lines: why, in which layer, and a caret under the character that breaks it. */
export function malformedLines({ code, message, broken }: Malformed): string[] {
  const { text, at, layer } = broken
  const place = at === undefined ? '' : `, offset ${at} of ${text.length}`
  return [
    `malformed: ${visible(message)} (${code})`,
    `  in ${visible(layer)}${place}`,
    '',
    ...excerpt(broken).map((line) => `    ${line}`),
  ]
}

function excerpt({ text, at }: Broken): string[] {
  const from = Math.max(0, (at ?? 0) - windowChars.before)
  const to = (at ?? 0) + windowChars.after
  const before = from > 0 ? '…' : ''
  const after = to < text.length ? '…' : ''
  const line = `${before}${visible(text.slice(from, to))}${after}`
  return at === undefined ? [line] : [line, `${' '.repeat(before.length + at - from)}^`]
}
