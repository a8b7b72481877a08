/** Redirects that are followed by hand, because fetch would carry what must not be carried to another origin. */

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
