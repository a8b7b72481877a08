/**
 * JSON Canonicalization Scheme (RFC 8785): members sorted by UTF-16 code units, no white space, ECMAScript
 * number and string forms. Undefined members are left out, as `JSON.stringify` does.
 */

/** A value to its canonical text. Throws `TypeError` for what I-JSON cannot carry (NaN, bigint, lone surrogate, cycle). */
export function encode(value: unknown): string {
  return write(value, new Set())
}

function write(value: unknown, parents: Set<object>): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no NaN or infinity')
    return JSON.stringify(value)
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('string holds a lone surrogate')
    return JSON.stringify(value)
  }
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`)
  if (parents.has(value)) throw new TypeError('value refers to itself')
  parents.add(value)
  const text = Array.isArray(value)
    ? `[${value.map((item) => write(item, parents)).join(',')}]`
    : `{${Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([name, member]) => `${write(name, parents)}:${write(member, parents)}`)
        .join(',')}}`
  parents.delete(value)
  return text
}
