/**
 * HTTP authentication syntax (RFC 9110, section 11): a list of `scheme token68` or `scheme name=value, …`.
 *
 * The grammar shares the comma between schemes and parameters, so a reader must look ahead: a token followed by
 * `=` and a value belongs to the scheme before it, any other token starts a new scheme. Quoted text is opaque:
 * a `Payment` inside another scheme's quotes is no challenge.
 */
import { DecodeError, type DecodeErrorCode } from './decode-error.ts'

/** One scheme with its parameters (names in lower case) or its token68, and the offset it starts at. */
export interface AuthScheme {
  /** As written; compare without regard to case. */
  scheme: string
  /** Present when the scheme is followed by one bare value, as in a credential. */
  token68?: string
  params: ReadonlyMap<string, string>
  at: number
}

/** Of a scheme that has none: a map for each would cost more than all else, and the time of collecting them. */
const noParams: ReadonlyMap<string, string> = new Map()

/** Largest field value that is read, in characters. Challenges should stay below 8 KB (CORE-CHAL-025). */
export const maxFieldChars = 65_536

const tokenPattern = /[!#$%&'*+\-.^_`|~0-9A-Za-z]*/y
const token68Pattern = /[A-Za-z0-9\-._~+/]+=*/y
const spacePattern = /[ \t]*/y
const quotedPattern = /[\t \u0021\u0023-\u005b\u005d-\u007e\u0080-\u00ff]*/y

/** One field value to its schemes. Throws `DecodeError`. Time is linear in the text. */
export function decode(field: string, maxChars: number = maxFieldChars): AuthScheme[] {
  if (field.length > maxChars) throw new DecodeError('too-large', `field is over ${maxChars} characters`)
  const plain = decodePlain(field)
  return plain === undefined ? decodeCarefully(field) : [plain]
}

const plainStart = /^[A-Za-z]+ /
const plainParameter = /([a-z]+)="([\t !#-[\]-~\u0080-\u00ff]*)"(?:, |$)/y
const plainToken68 = /[A-Za-z0-9\-._~+/]+$/y

/**
 * The one scheme of a field as most write it: parameters in lower case, quoted, without escapes, each once, a comma and a
 * space between them; or one bare value without padding. Undefined for anything else.
 */
function decodePlain(field: string): AuthScheme | undefined {
  const start = plainStart.exec(field)?.[0]
  if (start === undefined) return undefined
  const scheme = start.slice(0, -1)
  plainToken68.lastIndex = start.length
  if (plainToken68.test(field)) return { scheme, token68: field.slice(start.length), params: noParams, at: 0 }
  const params = new Map<string, string>()
  let at = start.length
  while (at < field.length) {
    plainParameter.lastIndex = at
    const found = plainParameter.exec(field)
    if (found === null) return undefined
    const [all, name, value] = found as unknown as [string, string, string]
    if (params.has(name)) return undefined
    params.set(name, value)
    at += all.length
  }
  // A comma that nothing follows is for the careful reader.
  return field.endsWith('"') ? { scheme, params, at: 0 } : undefined
}

/** As `decode`, without the short way for plain fields: the one that says what is wrong. */
export function decodeCarefully(field: string): AuthScheme[] {
  let at = 0

  const fail = (code: DecodeErrorCode, message: string, where = at): never => {
    throw new DecodeError(code, message, { at: where })
  }
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(field)?.[0] ?? ''
    at += found.length
    return found
  }
  const peek = (pattern: RegExp, from: number): number => {
    pattern.lastIndex = from
    return from + (pattern.exec(field)?.[0].length ?? 0)
  }

  /** Skips `OWS "," OWS` any number of times: empty list elements are legal. */
  const commas = (): boolean => {
    let seen = false
    match(spacePattern)
    while (field[at] === ',') {
      seen = true
      at++
      match(spacePattern)
    }
    return seen
  }

  const quoted = (): string => {
    const start = at++
    let out = ''
    for (;;) {
      out += match(quotedPattern)
      const char = field[at]
      if (char === '"') {
        at++
        return out
      }
      if (char === undefined) fail('unterminated-quote', 'quoted string has no end', start)
      if (char !== '\\') fail('control-character', 'character not allowed in a quoted string')
      const escaped = field[at + 1]
      if (escaped === undefined) fail('unterminated-quote', 'quoted string has no end', start)
      if (!/[\t \u0021-\u007e\u0080-\u00ff]/.test(escaped as string))
        fail('control-character', 'character not allowed after a backslash', at + 1)
      out += escaped
      at += 2
    }
  }

  /** Where the value starts if a parameter (token BWS = BWS value) stands here, else undefined. */
  const parameterValueAt = (): number | undefined => {
    const nameEnd = peek(tokenPattern, at)
    if (nameEnd === at) return undefined
    const equals = peek(spacePattern, nameEnd)
    if (field[equals] !== '=') return undefined
    const valueAt = peek(spacePattern, equals + 1)
    return field[valueAt] === '"' || peek(tokenPattern, valueAt) > valueAt ? valueAt : undefined
  }

  const parameters = (): Map<string, string> => {
    const params = new Map<string, string>()
    for (;;) {
      const valueAt = parameterValueAt()
      if (valueAt === undefined) return params
      const nameAt = at
      const name = match(tokenPattern).toLowerCase()
      at = valueAt
      const value = field[at] === '"' ? quoted() : match(tokenPattern)
      if (params.has(name)) fail('duplicate-parameter', `parameter ${name} occurs twice`, nameAt)
      params.set(name, value)
      const afterValue = at
      if (!commas()) {
        if (at < field.length) fail('bad-syntax', 'expected a comma')
        return params
      }
      if (parameterValueAt() === undefined) {
        // The comma separates two schemes; leave it for the caller.
        at = afterValue
        return params
      }
    }
  }

  const schemes: AuthScheme[] = []
  commas()
  while (at < field.length) {
    const start = at
    const scheme = match(tokenPattern)
    if (scheme === '') fail('bad-syntax', 'expected an authentication scheme')
    const entry: AuthScheme = { scheme, params: noParams, at: start }
    schemes.push(entry)
    if (field[at] === ' ') {
      while (field[at] === ' ') at++
      const listAt = at
      // The list of parameters may begin with empty elements, as any list may.
      commas()
      if (parameterValueAt() !== undefined) entry.params = parameters()
      else {
        at = listAt
        const token68 = match(token68Pattern)
        if (token68 !== '') entry.token68 = token68
      }
    }
    const end = at
    if (!commas() && at < field.length) fail('bad-syntax', 'unexpected character', end)
  }
  return schemes
}

/** A scheme with parameters to a field value, every value quoted. Throws `TypeError` for what a header cannot carry. */
export function encode(scheme: string, params: Iterable<readonly [name: string, value: string]>): string {
  const parts: string[] = []
  for (const [name, value] of params) {
    if (!plainName.test(name) && (name === '' || peekAll(tokenPattern, name) !== name))
      throw new TypeError('parameter name is not a token')
    if (plainValue.test(value)) parts.push(`${name}="${value}"`)
    else if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value))
      parts.push(`${name}="${value.replace(/["\\]/g, '\\$&')}"`)
    else throw new TypeError(`parameter ${name} holds a character that a header cannot carry`)
  }
  return `${scheme} ${parts.join(', ')}`
}

const plainName = /^[a-z]+$/
/** What is quoted as it stands. */
const plainValue = /^[\t !#-[\]-~\u0080-\u00ff]*$/

const peekAll = (pattern: RegExp, text: string): string => {
  pattern.lastIndex = 0
  return pattern.exec(text)?.[0] ?? ''
}
