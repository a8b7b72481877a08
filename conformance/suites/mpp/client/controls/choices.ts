/** Controls that choose otherwise what is deposited, signed and sent, as far as the texts leave it to the client. */
import * as Uint from '../../../../../src/codec/uint.ts'
import { devAccounts, type KeyAccount } from '../../../../../src/keys/accounts.ts'
import type { ChallengeInput } from '../../../../../src/mpp/client/policy.ts'
import { defaultRules } from '../../../../../src/mpp/client/rules.ts'
import { protocolOf } from '../../../../../src/mpp/client/session-protocol.ts'
import { type ClientControl, ok } from '../fault.ts'
import { hearingText } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'
import { anew, inTwo, openingWithNothing, slowly, twice } from './sending.ts'

const deposits = "SESS-REQ-005: how much is deposited is the client's choice"
const waits = 'SESS-CLI-007 says how long to wait at least'

const depositing = (units: number): ClientVariant => ({ options: { depositUnits: units } })
const { opening, topUp } = defaultRules.deposit
const allOfIt: typeof opening = (_, { maxDeposit }) => ({ deposit: maxDeposit, choice: 'budget' })
const missing: typeof topUp = (required, deposit, policy) =>
  Uint.min(topUp(required, deposit, policy), required - deposit)

/** Pays for no challenge of a kind; `rule` is where the client says so, beside what that rule says. */
const declining = (
  rule: keyof typeof defaultRules.challenge,
  picks: (input: ChallengeInput) => boolean,
): ClientVariant => ({
  rules: {
    challenge: {
      [rule]: (input: ChallengeInput) =>
        picks(input)
          ? { code: 'wrong-protocol', message: 'this client pays for none of these' }
          : defaultRules.challenge[rule](input),
    },
  },
})

/** Several requests are made one after the other. */
const inTurn: ClientVariant['does'] = async (doing, usual) => {
  const { REQUESTS = '1', ...env } = doing.env
  const count = Number(REQUESTS)
  for (let at = 1; at < count; at++) await usual({ ...doing, env: { ...env, LEAVE: '1' } })
  await usual({ ...doing, env })
}

/** Each request has a session and a channel of its own, which is closed whatever it is told. */
const oneEach: ClientVariant['does'] = async (doing, usual) => {
  const { REQUESTS = '1', LEAVE: _, ...env } = doing.env
  for (let left = Number(REQUESTS); left > 0; left--) await usual({ ...doing, paying: doing.another(), env })
}

/** No payee is asked to close: the deposit is asked back on chain. */
const onChain: ClientVariant['does'] = async (doing, usual) => {
  const { env } = doing
  try {
    await usual({ ...doing, env: { ...env, LEAVE: '1' } })
  } finally {
    if (env['LEAVE'] !== '1') await doing.recover()
  }
}

/** Looks around before it buys. */
const lookingAround: ClientVariant['does'] = async (doing, usual) => {
  const look = async (path: string, method: string) => {
    const signal = AbortSignal.timeout(1_000)
    const answer = await fetch(new URL(path, doing.url), { method, signal, redirect: 'manual' }).catch(
      // What is not answered is not needed.
      () => undefined,
    )
    await answer?.body?.cancel()
  }
  for (const path of ['/openapi.json', '/favicon.ico', '/.well-known/security.txt']) await look(path, 'GET')
  for (const method of ['HEAD', 'OPTIONS', 'GET']) await look(doing.url, method)
  await usual(doing)
}

export const choices: readonly ClientControl[] = [
  {
    name: 'opens-with-nothing',
    free: 'a first voucher may be for 0',
    variant: { fetch: openingWithNothing },
  },
  { name: 'deposits-all-it-may', free: deposits, variant: { rules: { deposit: { opening: allOfIt } } } },
  { name: 'deposits-for-one-unit', free: deposits, variant: depositing(1) },
  { name: 'deposits-for-seven-units', free: deposits, variant: depositing(7) },
  {
    name: 'tops-up-by-what-is-missing',
    free: deposits,
    variant: { rules: { deposit: { topUp: missing } } },
  },
  {
    name: 'tops-up-early',
    free: deposits,
    variant: { rules: { deposit: { covers: (total, deposit) => total + 2_000n <= deposit } } },
  },
  {
    name: 'vouchers-by-post',
    free: 'SESS-GEN-001: any method',
    variant: {
      fetch: (fetch) => (input, init) =>
        fetch(input, init?.method === 'HEAD' ? { ...init, method: 'POST' } : init),
    },
  },
  {
    name: 'opens-by-head-and-then-buys',
    free: 'SESS-GEN-001: any method',
    // Its first voucher buys: told to wait, it leaves that to its caller.
    warns: /^unsure\.waits-and-pays$/,
    variant: { fetch: inTwo },
  },
  {
    name: 'leaves-its-channels-open',
    free: 'a close is not owed',
    variant: { env: (env) => ({ ...env, LEAVE: '1' }) },
  },
  {
    name: 'closes-on-chain-alone',
    free: 'SESS-CLI-003: no payee is needed',
    variant: { does: onChain },
  },
  {
    name: 'one-channel-for-each-request',
    free: 'channels may be used again, or not',
    lacks: ['leaves'],
    variant: { does: oneEach },
  },
  { name: 'one-request-after-the-other', free: 'nothing says how many at once', variant: { does: inTurn } },
  {
    name: 'vouchers-before-they-are-asked-for',
    free: 'SESS-SSE-014 allows one unit',
    variant: { options: { ahead: 1 } },
  },
  { name: 'every-voucher-twice', free: 'SESS-VOUCH-012', variant: { fetch: twice('voucher') } },
  { name: 'every-close-twice', free: 'SESS-VOUCH-012', variant: { fetch: twice('close') } },
  {
    name: 'a-fresh-challenge-for-each-payment',
    free: 'a challenge may be answered once',
    variant: { fetch: anew },
  },
  {
    name: 'never-reads-receipts',
    free: 'receipts are claims, which need not be read',
    variant: {
      rules: { receipt: { channel: ok, withinSigned: ok } },
      fetch: hearingText((text) => text.replaceAll(/event: payment-receipt\ndata: .*\n\n/g, '')),
    },
  },
  {
    name: 'a-delegate-signs',
    free: "SESS-SIG-009: the payer's choice",
    variant: { env: (env) => ({ SIGNER_PRIVATE_KEY: (devAccounts[6] as KeyAccount).privateKey, ...env }) },
  },
  {
    name: 'never-repeats',
    free: 'SESS-VOUCH-012 is a MAY',
    variant: { rules: { retry: { repeats: () => false } } },
  },
  {
    name: 'repeats-at-once-and-often',
    free: 'SESS-VOUCH-012 is a MAY',
    variant: { rules: { retry: { repeats: ({ repeats }) => repeats < 5 } } },
  },
  {
    name: 'gives-up-when-told-to-wait',
    free: waits,
    warns: /^unsure\.waits-and-pays$/,
    variant: { rules: { retry: { pause: () => undefined } } },
  },
  {
    name: 'waits-longer-than-it-is-told',
    free: waits,
    variant: {
      rules: {
        retry: {
          pause: ({ status, retryAfterMs = 1_000 }) =>
            status === 429 || status === 503 ? retryAfterMs + 400 : undefined,
        },
      },
    },
  },
  {
    name: 'follows-no-redirect',
    free: 'RFC 9110, 15.4: a client may follow',
    variant: {
      rules: { redirect: { sameOrigin: () => ({ code: 'foreign-origin', message: 'not followed' }) } },
    },
  },
  {
    name: 'mends-nothing',
    free: 'a refusal may be final',
    variant: { rules: { retry: { mends: () => false } } },
  },
  { name: 'reads-slowly', free: 'nothing says how fast', variant: { fetch: slowly(5) } },
  { name: 'looks-around-first', free: 'RFC 9110: anybody may ask', variant: { does: lookingAround } },
  {
    name: 'knows-v2-alone',
    free: 'SESS-PROTO-003: what it does not know it does not answer',
    variant: declining('protocol', ({ terms }) => protocolOf(terms) === 'v1'),
  },
  {
    name: 'pays-its-own-fees-or-not-at-all',
    free: 'SESS-FEE-001: nobody has to take a sponsor',
    variant: declining('chain', ({ terms }) => terms.methodDetails.feePayer === true),
  },
  {
    name: 'knows-no-other-field',
    free: 'CORE-HDR-006',
    variant: declining('escrow', ({ challenge }) => challenge.header !== undefined),
  },
  {
    name: 'does-one-thing-alone',
    free: 'what a client can be told to do',
    lacks: ['bodies', 'login', 'leaves', 'parallel', 'delegates', 'recovers', 'patience'],
    variant: {
      env({
        METHOD: _,
        BODY: __,
        AUTHORIZATION: ___,
        LEAVE: ____,
        REQUESTS: _____,
        PATIENCE_MS: ______,
        ...env
      }) {
        return env
      },
    },
  },
]
