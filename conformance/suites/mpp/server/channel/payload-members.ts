/**
 * What is tried with each member of a payload: left out, and altered. Whatever the member is signed with is signed anew
 * where the case is about the member, and not where it is about the signature, so that one thing alone is wrong.
 */
import type { JsonObject } from '../../../../../src/codec/json.ts'
import * as CloseAuthorization from '../../../../../src/contracts/close-authorization.ts'
import * as Descriptor from '../../../../../src/contracts/descriptor.ts'
import type { SessionProtocol } from '../../../../../src/contracts/voucher.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import type { Action, Prepared, Wrongs } from '../bench.ts'
import { intruder, stranger } from '../strangers.ts'

/** By action: what is tried, or why nothing is. */
export type Row = Readonly<Record<Action, Wrongs | string>>

export type Rows = ReturnType<typeof rowsOf>

/** The member left out. */
const missing = (name: string): Wrongs => ({ [`no ${name}`]: () => ({ payload: { [name]: undefined } }) })

const everywhere = (wrongs: Wrongs) => ({ open: wrongs, voucher: wrongs, topUp: wrongs, close: wrongs })
const nowhere = (why: string) => ({ open: why, voucher: why, topUp: why, close: why })

/** A consent to close at this amount, where the payload carries one. */
async function consent(
  { channel, payload }: Prepared,
  voucher: CloseAuthorizationVoucher,
): Promise<JsonObject> {
  if (payload['closeSignature'] === undefined) return {}
  return { closeSignature: await CloseAuthorization.sign(voucher, channel.domain, channel.signer) }
}

type CloseAuthorizationVoucher = Parameters<typeof CloseAuthorization.sign>[0]

const unknown = keccakText('no channel')

/** A channel that was never opened: signed for, and with what was signed for the channel that there is. */
const otherChannel: Wrongs = {
  'an id that nobody opened': () => ({ payload: { channelId: unknown } }),
  'an id that nobody opened, signed for': async (prepared) => {
    const { channel, amount, payload } = prepared
    if (payload['signature'] === undefined) return { payload: { channelId: unknown } }
    const domain = { ...channel.domain, channelId: unknown }
    const { signature } = await channel.signVoucher(amount, undefined, domain)
    const more = await consent(prepared, { channelId: unknown, cumulativeAmount: amount })
    return { payload: { channelId: unknown, signature, ...more } }
  },
}

/** Each field of a descriptor, left out and altered; the id stays that of the lawful one. */
const otherDescriptor: Wrongs = Object.fromEntries(
  Descriptor.fields.flatMap((field) => {
    const value = ['salt', 'expiringNonceHash'].includes(field) ? keccakText(field) : intruder.address
    const having = (value: string | undefined) => (prepared: Prepared) => ({
      payload: { descriptor: { ...(prepared.payload['descriptor'] as JsonObject), [field]: value } },
    })
    return [
      [`another ${field}`, having(value)],
      [`a descriptor without ${field}`, having(undefined)],
    ]
  }),
)

/** One more than was signed for: the signature is of the lawful amount. */
const unsignedAmount: Wrongs = {
  'an amount that was not signed': async (prepared) => {
    const cumulativeAmount = prepared.amount + 1n
    const more = await consent(prepared, { channelId: prepared.channel.id, cumulativeAmount })
    return { payload: { cumulativeAmount: cumulativeAmount.toString(), ...more } }
  },
}

const byStranger: Wrongs = {
  "a stranger's signature": async ({ channel, amount }) => {
    const { signature } = await channel.signVoucher(amount, stranger)
    return { payload: { signature } }
  },
}

const strangersConsent: Wrongs = {
  "a stranger's consent": async ({ channel, amount }) => ({
    payload: {
      closeSignature: await CloseAuthorization.sign(
        { channelId: channel.id, cumulativeAmount: amount },
        channel.domain,
        stranger,
      ),
    },
  }),
}

const ofAnother: Wrongs = {
  "another channel's transaction": async ({ other }) => {
    const { transaction } = await other()
    return { payload: { transaction } }
  },
}

const more: Wrongs = {
  'more than its transaction adds': ({ amount }) => ({
    payload: { additionalDeposit: (amount + 1n).toString() },
  }),
}

const otherAction: Wrongs = { 'an unknown action': () => ({ payload: { action: 'refund' } }) }
const otherType: Wrongs = { 'another type': () => ({ payload: { type: 'hash' } }) }
const otherSigner: Wrongs = {
  'a signer that the descriptor does not name': () => ({ payload: { authorizedSigner: intruder.address } }),
}

const unsigned = 'a top-up is signed by its transaction alone'
const noTransaction = 'it carries no transaction'
const noTopUp = 'it adds nothing to the deposit'
const noConsent = 'only a close is consented to'
const namesNoSigner = 'only an open names a signer'

/** Row by row: what is tried with payloads of a protocol. */
export const rowsOf = (protocol: SessionProtocol) =>
  ({
    action: everywhere({ ...missing('action'), ...otherAction }),
    type: {
      ...everywhere({ ...missing('type'), ...otherType }),
      voucher: noTransaction,
      close: noTransaction,
    },
    'channel-id': everywhere({ ...missing('channelId'), ...otherChannel }),
    descriptor:
      protocol === 'v2'
        ? everywhere({ ...missing('descriptor'), ...otherDescriptor })
        : nowhere('a v1 payload carries no descriptor'),
    amount: {
      ...everywhere({ ...missing('cumulativeAmount'), ...unsignedAmount }),
      topUp: 'its amount is additionalDeposit',
    },
    signature: { ...everywhere({ ...missing('signature'), ...byStranger }), topUp: unsigned },
    signer: {
      ...nowhere(namesNoSigner),
      open: protocol === 'v2' ? otherSigner : 'the calldata of a v1 open decides who signs',
    },
    transaction: {
      ...everywhere({ ...missing('transaction'), ...ofAnother }),
      voucher: noTransaction,
      close: noTransaction,
    },
    'additional-deposit': {
      ...nowhere(noTopUp),
      open: 'the deposit of an open stands in its transaction alone',
      topUp: { ...missing('additionalDeposit'), ...more },
    },
    consent: {
      ...nowhere(noConsent),
      close:
        protocol === 'v2'
          ? { ...missing('closeSignature'), ...strangersConsent }
          : 'a v1 close carries no consent',
    },
  }) satisfies Readonly<Record<string, Row>>
