/** Payments that are no good, each in one way, and why a facilitator says that it is none. */
import type { Address } from '../../../../src/codec/hex.ts'
import { accountFromKey, devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { networkOf } from '../../../../src/x402/wire/network.ts'
import type { ReasonKind } from '../../../../src/x402/wire/reasons.ts'
import type * as Requirements from '../../../../src/x402/wire/requirements.ts'
import { type Caller, price } from '../../../peers/x402/payer/caller.ts'
import type { Change } from '../../../peers/x402/payer/sign.ts'

export interface Wrong {
  change?: Change
  /** What is asked otherwise than the payment says. */
  terms?: Partial<Requirements.Terms>
  /** The kinds of reason that fit. */
  means: readonly ReasonKind[]
}

const stranger = devAccounts[5] as KeyAccount
const otherToken: Address = `0x${'20c0'.padEnd(40, '0')}`

/**
 * The ways in which a payment is wrong in one thing: v2 payments say what they pay beside what is signed, and may say it as
 * it was asked. What is signed for another chain or token and says otherwise is a bad signature.
 */
export function waysOf(name: string, wrong: Wrong, version: Version): [string, Wrong][] {
  const { change = {}, means } = wrong
  const { claims, ...saidAsAsked } = change
  if (version === 1 || claims === undefined || Object.keys(saidAsAsked).length === 0) return [[name, wrong]]
  return [
    [name, wrong],
    [`${name}, and said to be as asked`, { change: saidAsAsked, means: [...means, 'signature'] }],
  ]
}

/** By the name of the check that looks at it. */
export function wrongs({ account, payee, subject }: Caller, version: Version) {
  const now = BigInt(Math.floor(Date.now() / 1000))
  const poor = accountFromKey(keccakText(`poor ${account.address}`))
  const elsewhere = subject.chainId === 8_453 ? 84_532 : 8_453
  const network = networkOf(version, elsewhere)
  return {
    scheme: { change: { claims: { scheme: 'inexact' } }, means: ['scheme', 'payload'] },
    network: { change: { claims: { network }, domain: { chainId: elsewhere } }, means: ['network'] },
    asset: {
      change: { claims: { asset: otherToken }, domain: { address: otherToken } },
      means: ['requirements', 'signature'],
    },
    signature: { change: { by: stranger }, means: ['signature'] },
    recipient: {
      change: { claims: { payTo: stranger.address }, authorization: { to: stranger.address } },
      means: ['recipient', 'requirements'],
    },
    value: {
      change: { claims: { amount: price - 1n }, authorization: { value: price - 1n } },
      means: ['value', 'requirements'],
    },
    'valid-after': {
      change: { authorization: { validAfter: now + 3_600n, validBefore: now + 7_200n } },
      means: ['validAfter'],
    },
    'valid-before': {
      change: { authorization: { validAfter: 0n, validBefore: now - 10n } },
      means: ['validBefore'],
    },
    funds: { change: { by: poor, authorization: { from: poor.address, to: payee } }, means: ['funds'] },
  } as const satisfies Record<string, Wrong>
}
