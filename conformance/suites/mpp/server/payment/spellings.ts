/**
 * Other ways to spell the target of a request: what asks for payment and what serves may each read a path in its own
 * way, and then one of them is a way around payment. They are sent byte by byte, since HTTP clients normalise them.
 * Any refusal, 404 or redirect is lawful; a stream is not.
 */
import { dress, lookOf } from '../../../../harness/looks.ts'
import { sendRaw } from '../../../../harness/raw.ts'
import { eventStream, type Subject } from '../../../../peers/mpp/payer/subject.ts'

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

/** Whether a stream is answered to an unpaid request for a target, as it is written. */
export async function streamsAt({ options, recorder }: Subject, target: string): Promise<boolean> {
  const fields = dress(lookOf(recorder.scenario), {
    host: [new URL(options.url).host],
    own: [
      ['accept', options.accept ?? eventStream],
      ['connection', 'close'],
    ],
  })
  const lines = [`GET ${target} HTTP/1.1`, ...fields.map((field) => field.join(': ')), '', '']
  const bytes = Buffer.from(lines.join('\r\n'), 'latin1')
  const { status = 0, text } = await sendRaw(options.url, bytes, recorder, options.patience, target)
  return status >= 200 && status < 300 && /^content-type:\s*text\/event-stream/im.test(text)
}
