/**
 * Where a redirect may lead, as a pure rule: to the same origin, which has the same scheme. A credential is worth money
 * to whoever gets it, so no other origin is sent one, nor asked for a price under the caller's name.
 */
import type { Decline } from './policy.ts'

/** Most redirects that one request follows. */
export const maxRedirects = 5

export interface RedirectInput {
  from: string
  to: string
  /** How many were followed already. */
  hops: number
}

/** The rules about a redirect. */
export const redirectRules = {
  sameOrigin: ({ from, to }: RedirectInput): Decline | undefined =>
    new URL(to).origin === new URL(from).origin
      ? undefined
      : {
          code: 'redirected',
          message: `${from} redirects to ${to}, which is another origin; ask there if you trust it`,
        },
  fewHops: ({ from, hops }: RedirectInput): Decline | undefined =>
    hops < maxRedirects
      ? undefined
      : { code: 'redirected', message: `${from}: more than ${maxRedirects} redirects` },
}

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
