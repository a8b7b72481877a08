/** Operations on what x402 puts on the wire. */
import { DecodeError } from '../../../src/codec/decode-error.ts'
import { isObject, type JsonObject } from '../../../src/codec/json.ts'
import { accountFromKey } from '../../../src/keys/accounts.ts'
import * as Exact from '../../../src/x402/wire/exact.ts'
import * as FacilitatorApi from '../../../src/x402/wire/facilitator-api.ts'
import { chainIdOf } from '../../../src/x402/wire/network.ts'
import * as Payment from '../../../src/x402/wire/payment.ts'
import * as PaymentIdentifier from '../../../src/x402/wire/payment-identifier.ts'
import * as Required from '../../../src/x402/wire/required.ts'
import type { Requirements } from '../../../src/x402/wire/requirements.ts'
import * as Settlement from '../../../src/x402/wire/settlement.ts'
import { json, number, type Op, object, text } from './op.ts'

/** What is asked, by one set of names for both versions. */
const terms = ({ version: _, json: __, ...read }: Requirements): JsonObject => json(read)

const required = (read: Required.Required): JsonObject =>
  json({
    version: read.version,
    error: read.error,
    resource: read.resource,
    accepts: read.accepts.map(terms),
    extensions: read.extensions,
  })

const payment = (read: Payment.Payment): JsonObject =>
  json({
    version: read.version,
    scheme: read.scheme,
    network: read.network,
    accepted: read.accepted === undefined ? undefined : terms(read.accepted),
    resource: read.resource,
    payload: read.payload,
    extensions: read.extensions,
  })

/** The transfer of an input, read as the payload of a payment. */
const transfer = (input: JsonObject): Exact.ExactPayload['authorization'] =>
  Exact.fromJson({ signature: '0x00', authorization: object(input, 'authorization') }).authorization

const digest = (input: JsonObject) =>
  Exact.digest(
    transfer(input),
    Exact.domainOf({ asset: text(input, 'asset'), extra: object(input, 'extra') }),
    number(input, 'chainId'),
  )

export const x402Ops = {
  'x402.required.decode': (input) => required(Required.decode(text(input, 'header'))),
  'x402.required.decodeBody': (input) => required(Required.decodeBody(text(input, 'body'))),
  'x402.payment.decode': (input) => payment(Payment.decode(text(input, 'header'))),
  'x402.settlement.decode': (input) => json(Settlement.decode(text(input, 'header'))),
  'x402.facilitatorRequest.decode': (input) => {
    const read = FacilitatorApi.decodeRequest(text(input, 'body'))
    return { payment: payment(read.payment), requirements: terms(read.requirements) }
  },
  'x402.exact.decode': (input) => json(Exact.fromJson(object(input, 'payload'))),
  'x402.exact.hash': (input) => ({ hash: digest(input) }),
  'x402.exact.sign': async (input) => ({
    signature: await accountFromKey(text(input, 'privateKey')).sign({ hash: digest(input) }),
  }),
  'x402.network.chainId': (input) => {
    const chainId = chainIdOf(text(input, 'network'))
    if (chainId === undefined) throw new DecodeError('bad-value', 'no EVM chain')
    return { chainId }
  },
  'x402.paymentIdentifier.decode': (input) => {
    const extensions = input['extensions']
    if (!isObject(extensions)) throw new DecodeError('wrong-type', 'extensions is an object')
    const id = PaymentIdentifier.idOf(extensions)
    return { required: PaymentIdentifier.isRequired(extensions), ...(id === undefined ? {} : { id }) }
  },
} satisfies Readonly<Record<string, Op>>
