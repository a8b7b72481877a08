/** The codecs of the unmodified mppx, as an adapter: a JSON request a line, a JSON answer a line. */
import { createInterface } from 'node:readline'
import { Challenge, Credential, Receipt } from 'mppx'
import { Session } from 'mppx/tempo'

const { Channel, Voucher } = Session.Precompile

/** A field value as mppx gets it, which reads every field from `Headers`: those take off white space and refuse controls. */
const received = (header) => new Headers({ field: header }).get('field')

const ops = {
  'challenge.parse': ({ header }) => Challenge.deserialize(received(header)),
  'challenge.format': (input) => ({ header: Challenge.serialize(Challenge.from(input)) }),
  'challenge.id': ({ secretKey, ...input }) => ({ id: Challenge.from({ ...input, secretKey }).id }),
  'challenge.credentialField': ({ header }) => ({ field: Challenge.credentialHeader({ header }) }),
  'credential.parse': ({ header }) =>
    Credential.deserialize(Credential.extractPaymentScheme(received(header)) ?? ''),
  'credential.format': (input) => ({ header: Credential.serialize(Credential.from(input)) }),
  'receipt.parse': ({ header }) => Receipt.deserialize(received(header)),
  'receipt.format': (input) => ({ header: Receipt.serialize(Receipt.from(input)) }),
  'snapshot.decode': ({ header }) => Session.deserializeSnapshot(received(header)),
  'channelId.v2': ({ descriptor, escrow, chainId }) => ({
    channelId: Channel.computeId({ ...descriptor, escrow, chainId }),
  }),
  'voucher.verify': ({ protocol, escrow, chainId, channelId, cumulativeAmount, signature, signer }) => {
    if (protocol !== 'v2') throw Object.assign(new Error('v2 only'), { unsupported: true })
    const voucher = Voucher.parseVoucherFromPayload(channelId, cumulativeAmount, signature)
    if (!Voucher.verifyVoucher(escrow, chainId, voucher, signer)) throw new Error('does not verify')
    return { valid: true }
  },
}

function answer(line) {
  const { op, input } = JSON.parse(line)
  if (!Object.hasOwn(ops, op)) return failure('unsupported_operation', op)
  try {
    return { ok: true, value: ops[op](input) }
  } catch (error) {
    return failure(error.unsupported ? 'unsupported_operation' : 'parse_error', error.message)
  }
}

const failure = (type, message) => ({ ok: false, error: { type, message } })

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(line))}\n`)
}
