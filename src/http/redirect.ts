/** Redirects that are followed by hand, because fetch would carry what must not be carried to another origin. */

import { drop } from './limits.ts'

/** Most redirects that one request follows. */
export const maxRedirects = 5

const redirects = [301, 302, 303, 307, 308]

/** Where a response sends the request; undefined when it does not. An unreadable place is none. */
export function locationOf(response: Response, from: string): string | undefined {
  const location = response.headers.get('location')
  if (!redirects.includes(response.status) || location === null) return undefined
  return URL.canParse(location, from) ? new URL(location, from).href : undefined
}

/** Whether the request is repeated by GET without its body (Fetch, "HTTP-redirect fetch", step 12). */
export const becomesGet = (status: number, method: string): boolean =>
  (status === 303 && method !== 'GET' && method !== 'HEAD') ||
  ((status === 301 || status === 302) && method === 'POST')

/** A request that may be redirected. */
export interface Hop<Body> {
  url: string
  method: string
  headers: Headers
  body?: Body | undefined
}

/**
 * Sends a request, and again wherever its answer redirects it, until an answer redirects nowhere or `redirect` is
 * `manual`. `allow` throws for a place that the request must not follow to; `to` is undefined where a browser does not
 * say. Answers the last response and where it came from.
 */
export async function follow<Body>(
  first: Hop<Body>,
  send: (hop: Hop<Body>) => Promise<Response>,
  redirect: RequestRedirect,
  allow: (from: string, to: string | undefined, hops: number) => void,
): Promise<{ response: Response; url: string }> {
  let { url, method, body, headers } = first
  for (let hops = 0; ; hops++) {
    const response = await send({ url, method, body, headers })
    if (response.type === 'opaqueredirect') allow(url, undefined, hops)
    const to = locationOf(response, url)
    if (to === undefined || redirect === 'manual') return { response, url }
    await drop(response)
    allow(url, to, hops)
    if (becomesGet(response.status, method)) {
      method = 'GET'
      body = undefined
      headers = new Headers(headers)
      headers.delete('content-type')
    }
    url = to
  }
}
