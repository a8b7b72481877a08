/**
 * Where a redirect may lead, as a pure rule: to the same origin only. A credential is worth money to its receiver, so
 * another origin is sent neither a credential nor a request for its price.
 */
import { maxRedirects } from '../../http/redirect.ts'
import type { Decline } from './policy.ts'

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
