/** Faults of clients that do not look when a challenge is over. */

import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import type { Challenge } from '../../../../../src/mpp/wire/challenge.ts'
import { fault, ok } from '../fault.ts'
import { rewriting } from './puppets.fault.ts'

const agesAgo = ({ challenge }: { challenge: Challenge }) =>
  challenge.expires !== undefined && Timestamp.decode(challenge.expires) < Date.now() - 86_400_000

/** The challenge of the first credential; every later credential echoes it. */
let kept: Record<string, unknown> | undefined

export const faults = [
  fault({
    name: 'answers-what-has-expired',
    breaks: 'CORE-CHAL-015',
    caughtBy: ['expiry.expired', 'expiry.long-ago'],
    like: ['wevm/mppx#141'],
    variant: { rules: { challenge: { notExpired: ok } } },
  }),
  fault({
    name: 'reads-two-digits-of-a-year',
    breaks: 'CORE-CHAL-036',
    caughtBy: ['expiry.long-ago'],
    variant: {
      rules: {
        challenge: {
          notExpired: (input) =>
            agesAgo(input) || Timestamp.decode(input.challenge.expires ?? '2100-01-01T00:00:00Z') > input.now
              ? undefined
              : { code: 'expired-challenge', message: 'the challenge has expired' },
        },
      },
    },
  }),
  fault({
    name: 'keeps-challenges-for-other-errands',
    breaks: 'CORE-CHAL-039',
    caughtBy: ['expiry.fresh-each-time'],
    variant: {
      fetch: rewriting((credential) => {
        if (credential.payload['action'] !== 'open') return
        if (kept !== undefined) credential.challenge = kept as typeof credential.challenge
        kept = credential.challenge
      }),
    },
  }),
  fault({
    name: 'answers-under-one-challenge-for-ever',
    breaks: 'CORE-CHAL-015',
    caughtBy: ['expiry.outlived'],
    variant: { rules: { retry: { stillHolds: () => true } } },
  }),
  fault({
    name: 'gives-up-when-a-challenge-ends',
    breaks: 'SESS-SSE-008',
    caughtBy: ['expiry.goes-on'],
    variant: {
      async does({ url, paying }) {
        const began = Date.now()
        for await (const _ of paying.sse(url)) if (Date.now() - began > 2_000) break
        await paying.close()
      },
    },
  }),
]
