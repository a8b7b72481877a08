/**
 * Each member of each payload, missing and altered: in every action, by every method. What the member is signed with is
 * signed anew, so that nothing else is wrong.
 */
import type { JsonObject } from '../../../../../src/codec/json.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { cellsOf, type Prepared, refusesTable, type Table, type Wrongs } from '../bench.ts'
import type { Fixtures } from '../fixtures.ts'
import { stranger } from '../strangers.ts'

/** The member left out. */
const missing = (name: string): Wrongs => ({ [`no ${name}`]: () => ({ payload: { [name]: undefined } }) })

/** A channel that was never opened, with a valid signature for it. */
const unopened: Wrongs = {
  'an id that nobody opened': async ({ channel, amount, payload }) => {
    const channelId = keccakText('no channel')
    if (payload['signature'] === undefined) return { payload: { channelId } }
    const domain = { ...channel.domain, channelId }
    const { signature } = await channel.signVoucher(amount, undefined, domain)
    return { payload: { channelId, signature } }
  },
}

const otherSalt: Wrongs = {
  'another salt': ({ payload }) => ({
    payload: { descriptor: { ...(payload['descriptor'] as JsonObject), salt: keccakText('another salt') } },
  }),
}

/** One more than was signed for: the signature is of the lawful amount. */
const unsignedAmount: Wrongs = {
  'an amount that was not signed': ({ amount }) => ({
    payload: { cumulativeAmount: (amount + 1n).toString() },
  }),
}

const byStranger: Wrongs = {
  "a stranger's signature": async ({ channel, amount }) => {
    const { signature } = await channel.signVoucher(amount, stranger)
    return { payload: { signature } }
  },
}

const ofAnother: Wrongs = {
  "another channel's transaction": async ({ other }: Prepared) => {
    const { transaction } = await other()
    return { payload: { transaction } }
  },
}

const more: Wrongs = {
  'more than its transaction adds': ({ amount }) => ({
    payload: { additionalDeposit: (amount + 1n).toString() },
  }),
}

const everywhere = (wrongs: Wrongs) => ({ open: wrongs, voucher: wrongs, topUp: wrongs, close: wrongs })
const unsigned = 'a top-up is signed by its transaction alone'
const noTransaction = 'it carries no transaction'
const noTopUp = 'it adds nothing to the deposit'

const table = {
  'members.channel-id': everywhere({ ...missing('channelId'), ...unopened }),
  'members.descriptor': everywhere({ ...missing('descriptor'), ...otherSalt }),
  'members.amount': {
    ...everywhere({ ...missing('cumulativeAmount'), ...unsignedAmount }),
    topUp: 'its amount is additionalDeposit',
  },
  'members.signature': { ...everywhere({ ...missing('signature'), ...byStranger }), topUp: unsigned },
  'members.transaction': {
    ...everywhere({ ...missing('transaction'), ...ofAnother }),
    voucher: noTransaction,
    close: noTransaction,
  },
  'members.additional-deposit': {
    open: 'the deposit of an open stands in its transaction alone',
    voucher: noTopUp,
    topUp: { ...missing('additionalDeposit'), ...more },
    close: noTopUp,
  },
} satisfies Table<string>

export const members = scenario({
  id: 'mpp/server/members',
  title: 'Each member of a payload counts, in every action, by every method',
  needs: ['v2', 'stream'],
  cells: cellsOf(table),
  checks: {
    'members.channel-id': ['SESS-CHID-003', 'SESS-CRED-004'],
    'members.descriptor': ['SESS-DESC-008', 'SESS-VOUCH-002'],
    'members.amount': ['SESS-VOUCH-003', 'SESS-CRED-004'],
    'members.signature': ['SESS-VOUCH-003', 'SESS-CRED-004'],
    'members.transaction': ['SESS-CRED-004', 'SESS-OPEN-004'],
    'members.additional-deposit': ['SESS-TOPUP-004', 'SESS-CRED-004'],
  },
  faults: () => import('./members.faults.ts').then(({ faults }) => faults),
  run: (t, fixtures: Fixtures) => refusesTable(t, fixtures, table),
})
