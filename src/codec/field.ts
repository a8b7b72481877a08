/** HTTP field values (RFC 9110, section 5.5): what stands around a value is no part of it. */

/** A value without the spaces and tabs around it. Only those: other white space is content. Linear in the text. */
export function trim(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isSpace(value.charCodeAt(start))) start++
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09
