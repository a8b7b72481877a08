/**
 * Other ways to spell the target of a request: what asks for payment and what serves may each read a path in its own
 * way, and then one of them is a way around payment. They are sent byte by byte, since HTTP clients normalise them.
 */
import type { Recorder } from '../kit/trace.ts'
import { dress, lookOf } from './looks.ts'
import type { Patience } from './patience.ts'
import { type RawAnswer, sendRaw } from './raw.ts'

/** Targets that one reader or another takes for the path of a URL. */
export function spellings(url: string): string[] {
  const { pathname, host, protocol } = new URL(url)
  const bare = pathname.replace(/^\/+/, '')
  const [slash, after] = [pathname.slice(0, pathname.lastIndexOf('/')), bare.split('/').at(-1) ?? '']
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16)}`
  const last = hex(pathname.at(-1) ?? '/')
  return [
    `${pathname}/`,
    `/${pathname}`,
    `//${pathname}`,
    `${pathname}?free=1`,
    `${pathname}.json`,
    pathname.toUpperCase(),
    `${slash}/${after.charAt(0).toUpperCase()}${after.slice(1)}`,
    `${pathname.slice(0, -1)}${last}`,
    `${pathname.slice(0, -1)}${last.toUpperCase()}`,
    `${pathname.slice(0, -1)}%25${last.slice(1)}`,
    `/x/..${pathname}`,
    `/.${pathname}`,
    `/x/%2e%2e${pathname}`,
    `/%2e${pathname}`,
    `${pathname}/.`,
    // An encoded slash or backslash, once and twice encoded, before and after.
    ...['%2F', '%2f', '%252F', '%5C', '%255C', '\\'].flatMap((mark) => [
      `${slash}/${mark}${after}`,
      `${slash}${mark}${after}`,
      `${pathname}${mark}`,
      `/x${mark}..${pathname}`,
    ]),
    // Parameters of a path's segment (RFC 3986, section 3.3).
    `${pathname};x`,
    `${pathname};x=1/`,
    `/;x${pathname}`,
    `${pathname}%3Bx`,
    // White space, an end of text, a fragment.
    `${pathname}%20`,
    `${pathname}%09`,
    `${pathname}%00`,
    `${pathname}%0A`,
    `${pathname}#x`,
    // The absolute form, which a server must take (RFC 9112, section 3.2.2).
    `${protocol}//${host}${pathname}`,
    `${protocol.toUpperCase()}//${host}${pathname}`,
    `${protocol}//other.example${pathname}`,
  ].filter((target) => target !== pathname && target.startsWith('/') === !target.includes('://'))
}

/** A request that is written as it is told to. */
interface Written {
  /** Where its connection goes, and its host. */
  url: string
  /** What stands in its first line. */
  target: string
  method: string
  headers: readonly (readonly [string, string])[]
  body?: string
}

/** Sends a request whose target is written as it is, on a connection of its own that ends with the answer. */
export function sendWritten(
  { url, target, method, headers, body }: Written,
  recorder: Recorder,
  patience: Patience,
): Promise<RawAnswer> {
  const fields = dress(lookOf(recorder.scenario), {
    host: [new URL(url).host],
    own: [...headers, ['connection', 'close']],
    length: body === undefined ? undefined : Buffer.byteLength(body),
  })
  const head = [`${method} ${target} HTTP/1.1`, ...fields.map((field) => field.join(': ')), '', '']
  const bytes = Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), Buffer.from(body ?? '')])
  return sendRaw(url, bytes, recorder, patience, target)
}
