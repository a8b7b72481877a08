/**
 * JSON that the platform's own parser may read: text of which it is proven that the careful reader in `json.ts` reads
 * the same value and refuses nothing. Everything else is left to that one, with its errors and their positions.
 *
 * The proof: without a backslash every quotation mark begins or ends a string, so half of them is the number of strings
 * in the text. A value that holds as many has lost none, and a member name that occurs twice would be lost. Strings of
 * a well-formed text without escapes are well-formed; numbers past the range of a double came out infinite.
 */
/** The value of plain text; undefined when the text is not proven to be plain. Linear in the text. */
export function parsePlain(text: string, maxDepth: number): unknown {
  if (text.includes('\\') || !text.isWellFormed()) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The careful reader says where it breaks.
    return undefined
  }
  return stringsOf(value, maxDepth) * 2 === quotesIn(text) ? value : undefined
}

/** Strings in a value, names of members included; not a number when it is nested too deeply or holds an infinity. */
function stringsOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return 1
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : Number.NaN
  if (typeof value !== 'object' || value === null) return 0
  if (depth === 0) return Number.NaN
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += typeof item === 'string' ? 1 : stringsOf(item, depth - 1)
    return count
  }
  for (const member of Object.values(value)) {
    count += typeof member === 'string' ? 2 : 1 + stringsOf(member, depth - 1)
  }
  return count
}

function quotesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++
  return count
}
