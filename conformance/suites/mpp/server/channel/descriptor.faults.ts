/** Servers that mistake one channel for another, or believe a descriptor its transaction contradicts. */
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import type { Descriptor } from '../../../../../src/contracts/descriptor.ts'
import * as Voucher from '../../../../../src/contracts/voucher.ts'
import { openTransactionRules } from '../../../../../src/mpp/server/rules/transaction.ts'
import { type SignatureInput, signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { instead, inventedReceipt, paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

/** Compares the open transaction with the descriptor in all fields but one. */
const opensBut = (ignored: keyof Descriptor) => ({
  openTransaction: {
    opensDescriptor: (input: Parameters<typeof openTransactionRules.opensDescriptor>[0]) => {
      const { call, descriptor } = input
      if (call?.type !== 'open') return refuse('verification-failed', 'no open')
      const seen = { ...call, [ignored]: descriptor[ignored] }
      return openTransactionRules.opensDescriptor({ ...input, call: seen })
    },
  },
})

/** Any signature will do for an open. */
const unsigned = {
  bySigner: (input: SignatureInput) => (input.action === 'open' ? undefined : signatureRules.bySigner(input)),
}

/** Verifies the voucher of an open against the signer that the payload itself names. */
function claimedSigner() {
  const claims = new Map<Bytes32, string>()
  return {
    openTransaction: {
      signerIsDescribed: ({ payload }: Parameters<typeof openTransactionRules.signerIsDescribed>[0]) => {
        if (payload.authorizedSigner !== undefined) claims.set(payload.channelId, payload.authorizedSigner)
        return undefined
      },
    },
    signature: {
      bySigner: (input: SignatureInput) => {
        const { voucher, domain, signature, recoverKey } = input
        const claimed = claims.get(voucher.channelId)
        return claimed !== undefined && Voucher.recover(voucher, domain, signature, recoverKey) === claimed
          ? undefined
          : signatureRules.bySigner(input)
      },
    },
  }
}

const incomplete = (request: Request): boolean => {
  const { action, descriptor } = payloadOf(request)
  const whole = JSON.stringify(descriptor ?? null).match(/"0x[0-9a-f]{40,64}"/g)?.length === 7
  return action === 'voucher' && !whole
}

export const faults = [
  fault({
    name: 'descriptor-ignored-in-vouchers',
    breaks: 'SESS-CHID-003',
    caughtBy: ['descriptor.field-swapped', 'audit.books-within-vouchers'],
    rules: { descriptor: { channelIdIsDerived: ok }, knownChannel: { sameDescriptor: ok } },
  }),
  fault({
    name: 'adopts-unknown-channels',
    breaks: 'SESS-VOUCH-002',
    caughtBy: ['descriptor.rederived'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      return paying('voucher')(request) && response.status === 410 ? inventedReceipt(request) : response
    },
  }),
  fault({
    name: 'descriptor-in-part',
    breaks: 'SESS-DESC-008',
    caughtBy: ['descriptor.partial'],
    http: instead(incomplete, (request) => inventedReceipt(request)),
  }),
  fault({
    name: 'any-token',
    breaks: 'SESS-DESC-003',
    caughtBy: ['descriptor.wrong-token'],
    rules: { descriptor: { tokenIsCurrency: ok } },
  }),
  fault({
    name: 'token-of-open-ignored',
    breaks: 'SESS-OPEN-009',
    caughtBy: ['descriptor.token-not-opened'],
    rules: opensBut('token'),
  }),
  fault({
    name: 'salt-of-open-ignored',
    breaks: 'SESS-OPEN-004',
    caughtBy: ['descriptor.salt-not-opened', 'audit.conserved'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: opensBut('salt'),
  }),
  fault({
    name: 'signer-of-open-ignored',
    breaks: 'SESS-OPEN-004',
    caughtBy: ['descriptor.signer-not-opened', 'audit.conserved'],
    rules: opensBut('authorizedSigner'),
  }),
  fault({
    name: 'signer-as-claimed',
    breaks: 'SESS-OPEN-003',
    caughtBy: ['descriptor.claimed-signer'],
    like: ['GHSA-fxc9-7j2w-vx54'],
    rules: claimedSigner(),
  }),
  fault({
    name: 'payer-as-claimed',
    breaks: 'SESS-OPEN-003',
    caughtBy: ['descriptor.other-payer', 'audit.conserved'],
    like: ['wevm/mppx#628'],
    rules: { openTransaction: { sentByPayer: ok } },
  }),
  fault({
    name: 'open-credits-claimed-channel',
    breaks: 'SESS-OPEN-018',
    caughtBy: ['descriptor.rich-channel', 'descriptor.field-swapped', 'audit.books-within-vouchers'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: {
      descriptor: { channelIdIsDerived: ok },
      knownChannel: { sameDescriptor: ok },
      signature: unsigned,
    },
  }),
  fault({
    name: 'open-needs-no-signature-when-known',
    breaks: 'SESS-OPEN-013',
    caughtBy: ['descriptor.rich-channel-unsigned', 'audit.books-within-vouchers'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: { signature: unsigned },
  }),
]
