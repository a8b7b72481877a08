/**
 * JSON Canonicalization Scheme (RFC 8785): members sorted by UTF-16 code units, no white space, ECMAScript
 * number and string forms. Undefined members are left out, as `JSON.stringify` does.
 */

/** A value to its canonical text. Throws `TypeError` for what I-JSON cannot carry (NaN, bigint, lone surrogate, cycle). */
export const encode = (value: unknown): string => write(value, [])

/** What JSON writes as it stands: most text of payments is nothing else. */
const plainPattern = /^[ !#-[\]-~]*$/

/** Text to its canonical form. Throws `TypeError` for a lone surrogate. */
export function encodeText(value: string): string {
  if (plainPattern.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw new TypeError('string holds a lone surrogate')
  return JSON.stringify(value)
}

function write(value: unknown, parents: object[]): string {
  if (typeof value === 'string') return encodeText(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no NaN or infinity')
    return JSON.stringify(value)
  }
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`)
  if (parents.includes(value)) throw new TypeError('value refers to itself')
  parents.push(value)
  const text = Array.isArray(value)
    ? `[${value.map((item) => write(item, parents)).join(',')}]`
    : `{${members(value as Record<string, unknown>, parents)}}`
  parents.pop()
  return text
}

function members(value: Record<string, unknown>, parents: object[]): string {
  let text = ''
  // Without a comparison of its own, `sort` goes by UTF-16 code units, which is the order of the scheme.
  for (const name of Object.keys(value).sort()) {
    const member = value[name]
    if (member !== undefined) text += `${text === '' ? '' : ','}${encodeText(name)}:${write(member, parents)}`
  }
  return text
}
