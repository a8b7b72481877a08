/** Operations of the tempo session method: channels, vouchers, streams, money rules. */

import * as Transaction from '../../../src/chain/transaction.ts'
import * as Hex from '../../../src/codec/hex.ts'
import type { JsonObject, JsonValue } from '../../../src/codec/json.ts'
import * as ChannelId from '../../../src/contracts/channel-id.ts'
import * as CloseAuthorization from '../../../src/contracts/close-authorization.ts'
import * as Descriptor from '../../../src/contracts/descriptor.ts'
import * as Voucher from '../../../src/contracts/voucher.ts'
import { accountFromKey } from '../../../src/keys/accounts.ts'
import { fastestCurve } from '../../../src/keys/native-curve.ts'
import * as Signature from '../../../src/keys/signature.ts'
import * as Events from '../../../src/mpp/wire/events.ts'
import * as Payload from '../../../src/mpp/wire/payload.ts'
import * as Proof from '../../../src/mpp/wire/proof.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import * as SessionField from '../../../src/mpp/wire/session-field.ts'
import * as SessionRequest from '../../../src/mpp/wire/session-request.ts'
import * as Snapshot from '../../../src/mpp/wire/snapshot.ts'
import * as Source from '../../../src/mpp/wire/source.ts'
import { run } from './ledger.ts'
import { json, number, type Op, object, Refused, text } from './op.ts'

const place = (input: JsonObject): ChannelId.Place => ({
  escrow: Hex.address(text(input, 'escrow')),
  chainId: number(input, 'chainId'),
})
const domain = (input: JsonObject): Voucher.Domain => ({
  ...place(input),
  protocol: text(input, 'protocol') === 'v1' ? 'v1' : 'v2',
})
const voucher = (input: JsonObject): Voucher.Voucher => ({
  channelId: Hex.bytes32(text(input, 'channelId')),
  cumulativeAmount: BigInt(text(input, 'cumulativeAmount')),
})
const signer = (address: Hex.Address | undefined): JsonObject => {
  if (address === undefined) throw new Refused('unrecoverable', 'no key made this signature')
  return { signer: address }
}

export const sessionOps = {
  'sessionRequest.decode': (input) => json(SessionRequest.decode(text(input, 'text'))),
  'payload.decode': (input) => json(Payload.fromJson(input['payload'])),
  'descriptor.decode': (input) => json(Descriptor.fromJson(input['descriptor'])),
  'descriptor.signer': (input) => ({
    signer: Descriptor.signer(Descriptor.fromJson(input['descriptor'])),
  }),
  'channelId.v1': (input) => ({
    channelId: ChannelId.v1(object(input, 'channel') as never, place(input)),
  }),
  'channelId.v2': (input) => ({
    channelId: ChannelId.v2(Descriptor.fromJson(input['descriptor']), place(input)),
  }),
  'voucher.domain': (input) => ({ separator: Voucher.domainSeparator(domain(input)) }),
  'voucher.typedData': (input) => json(Voucher.typedData(voucher(input), domain(input))),
  'voucher.hash': (input) => ({ hash: Voucher.digest(voucher(input), domain(input)) }),
  'voucher.sign': async (input) => ({
    signature: await Voucher.sign(voucher(input), domain(input), accountFromKey(text(input, 'privateKey'))),
  }),
  'voucher.recover': (input) =>
    signer(Voucher.recover(voucher(input), domain(input), text(input, 'signature'), fastestCurve)),
  'voucher.verify': (input) => {
    const decoded = Signature.decode(text(input, 'signature'))
    if (!Signature.isCanonical(decoded)) throw new Refused('high-s', 'only a low s is canonical')
    const expected = Hex.address(text(input, 'signer'))
    if (!Voucher.verify(voucher(input), domain(input), text(input, 'signature'), expected, fastestCurve))
      throw new Refused('wrong-signer', 'not signed by the expected signer')
    return { valid: true }
  },
  'closeAuthorization.hash': (input) => ({ hash: CloseAuthorization.digest(voucher(input), domain(input)) }),
  'closeAuthorization.sign': async (input) => ({
    signature: await CloseAuthorization.sign(
      voucher(input),
      domain(input),
      accountFromKey(text(input, 'privateKey')),
    ),
  }),
  'closeAuthorization.recover': (input) =>
    signer(CloseAuthorization.recover(voucher(input), domain(input), text(input, 'signature'), fastestCurve)),
  'signature.decode': (input) => {
    const { r, s, yParity } = Signature.decode(text(input, 'signature'))
    return {
      r: `0x${r.toString(16).padStart(64, '0')}`,
      s: `0x${s.toString(16).padStart(64, '0')}`,
      yParity,
    }
  },
  'transaction.nonceHash': (input) => {
    const { sender, expiringNonceHash, feePayer } = Transaction.decode(
      Hex.normalize(text(input, 'transaction')),
      fastestCurve,
    )
    return { sender, expiringNonceHash, feePayer }
  },
  'transaction.sign': async (input) => {
    const { raw, expiringNonceHash } = await Transaction.sign(
      request(object(input, 'request')),
      accountFromKey(text(input, 'privateKey')),
    )
    return { transaction: raw, expiringNonceHash }
  },
  'accounting.run': (input) => run(input),
  'needVoucher.decode': (input) => json(Events.decodeNeedVoucher(text(input, 'data'))),
  'receiptEvent.decode': (input) => json(Events.decodeReceipt(text(input, 'data'))),
  'sessionReceipt.decode': (input) => json(Receipt.decode(text(input, 'header'))),
  'snapshot.decode': (input) => json(Snapshot.decode(text(input, 'header'))),
  'sessionField.decode': (input) => ({ channelId: SessionField.decode(text(input, 'header')) }),
  'source.decode': (input) => json(Source.decode(text(input, 'text'))),
  'source.encode': (input) => ({ text: Source.encode(input as never) }),
  'proof.decode': (input) => json(Proof.fromJson(input['payload'])),
  'proof.hash': (input) => ({ hash: Proof.digest(text(input, 'challengeId'), number(input, 'chainId')) }),
  'proof.sign': async (input) => ({
    signature: await Proof.sign(
      text(input, 'challengeId'),
      number(input, 'chainId'),
      accountFromKey(text(input, 'privateKey')),
    ),
  }),
  'proof.verify': (input) => {
    const refusal = Proof.verify(
      {
        challengeId: text(input, 'challengeId'),
        chainId: number(input, 'chainId'),
        source: Source.decode(text(input, 'source')),
        signature: text(input, 'signature'),
      },
      fastestCurve,
    )
    if (refusal !== undefined) throw new Refused(refusal.problem, refusal.detail)
    return { valid: true }
  },
} satisfies Record<string, Op>

/** JSON to a transaction request: amounts are decimal text there. */
function request(input: JsonObject): Transaction.TransactionRequest {
  const amounts = ['gas', 'maxFeePerGas', 'maxPriorityFeePerGas', 'nonceKey', 'nonce']
  const value = (name: string, member: JsonValue) =>
    amounts.includes(name) && typeof member === 'string' ? BigInt(member) : member
  return Object.fromEntries(
    Object.entries(input).map(([name, member]) => [name, value(name, member)]),
  ) as never
}
