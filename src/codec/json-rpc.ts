/**
 * Ids of JSON-RPC messages as they are written. They go back as they came, and a number with more digits than a double
 * holds would come back as another one.
 */

/**
 * The text of each message's `id` where it is a number; undefined for any other id and for none. `text` is JSON: one
 * message, or a list of them. Time is linear in the text.
 */
export function idTexts(text: string): (string | undefined)[] {
  const list = /^[\t\n\r ]*\[/.test(text)
  /** How deep the members of a message stand. */
  const own = list ? 2 : 1
  const found: (string | undefined)[] = []
  let depth = 0
  /** The name whose value comes next, once there is one. */
  let name: string | undefined
  for (const token of tokensOf(text)) {
    if (token === '{' || token === '[') {
      depth++
      // What stands in the list and is no message has its place too.
      if (depth === own) found.push(undefined)
      else if (depth === own + 1 && name === 'id') found[found.length - 1] = undefined
      name = undefined
    } else if (token === '}' || token === ']') depth--
    else if (depth === own && token === ',') name = undefined
    else if (token === ',' || token === ':') continue
    else if (depth < own && list) found.push(undefined)
    else if (depth === own) {
      // A name that occurs twice counts as it does for a parser: the last one.
      if (name === 'id') found[found.length - 1] = /^[-0-9]/.test(token) ? token : undefined
      name = name === undefined && token.startsWith('"') ? (JSON.parse(token) as string) : ''
    }
  }
  return found.length === 0 ? [undefined] : found
}

/** The tokens of a JSON text. By hand: the engine's patterns run out of stack in strings of some megabytes. */
function* tokensOf(text: string): Generator<string, void, undefined> {
  for (let at = 0; at < text.length; ) {
    const start = at
    const char = text[at++] as string
    if (char === '"') {
      for (; text[at] !== '"' && at < text.length; at++) if (text[at] === '\\') at++
      yield text.slice(start, ++at)
    } else if ('{}[]:,'.includes(char)) yield char
    else if (!isSpace(char)) {
      while (at < text.length && !'{}[]:,"'.includes(text[at] as string) && !isSpace(text[at] as string)) at++
      yield text.slice(start, at)
    }
  }
}

const isSpace = (char: string): boolean => char === ' ' || char === '\n' || char === '\r' || char === '\t'
