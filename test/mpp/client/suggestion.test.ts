/** What a payee suggests of a channel is believed as far as the chain proves it (issue 15). */
import { describe, expect, test } from 'vitest'
import * as Hex from '../../../src/codec/hex.ts'
import * as ChannelId from '../../../src/contracts/channel-id.ts'
import { type Suggestion, suggestionRules } from '../../../src/mpp/client/suggestion.ts'
import { address, bytes32, descriptor, terms } from '../../support/samples.ts'

const chainId = 42_431
const escrow = terms.methodDetails.escrowContract

/** A true suggestion; `change` alters what is said of the channel, and its id follows unless told otherwise. */
function suggestion(
  change: Partial<Suggestion['snapshot']> = {},
  more: Partial<Suggestion> = {},
): Suggestion {
  const own = change.descriptor ?? { ...descriptor, payee: terms.recipient, token: terms.currency }
  const id = ChannelId.v2(own, { escrow, chainId })
  const { acceptedCumulative = 3_000n } = change
  const totals = { acceptedCumulative, spent: 3_000n, settled: 3_000n, requiredCumulative: 4_000n }
  const said = { channelId: id, chainId, escrow, descriptor: own, deposit: 40_000n, ...totals }
  const { operator } = own
  const methodDetails = { ...terms.methodDetails, operator, channelId: id }
  return {
    snapshot: { ...said, ...change },
    terms: { ...terms, methodDetails },
    chainId,
    payer: own.payer,
    authorizedSigner: own.authorizedSigner,
    ...more,
  }
}

const base = suggestion()
const { derived, own, proven, affordable, total, deposit } = suggestionRules
const withTerms = (details: Partial<Suggestion['terms']['methodDetails']>): Partial<Suggestion> => ({
  terms: { ...base.terms, methodDetails: { ...base.terms.methodDetails, ...details } },
})

test('a true suggestion of an own channel is taken', () => {
  expect([derived(base), own(base)]).toEqual([true, true])
})

describe('the id is not derived', () => {
  test.each<[string, Suggestion]>([
    ['for another id', suggestion({ channelId: bytes32('77') })],
    [
      'for another salt',
      suggestion({
        descriptor: { ...base.snapshot.descriptor, salt: bytes32('78') },
        channelId: base.snapshot.channelId,
      }),
    ],
    ['for another escrow', suggestion({ escrow: address('79') })],
    ['for another chain in the snapshot', suggestion({ chainId: 1 })],
    ['for another chain of the node', suggestion({}, { chainId: 1 })],
    ['where the challenge names another', suggestion({}, withTerms({ channelId: bytes32('7a') }))],
    ['where the sale is by v1', suggestion({}, withTerms({ sessionProtocol: 'v1' }))],
  ])('%s', (_, wrong) => expect(derived(wrong)).toBe(false))
})

describe('the channel is no own one', () => {
  test.each<[string, Suggestion]>([
    ['of another payer', suggestion({}, { payer: address('71') })],
    ['to another payee', suggestion({ descriptor: { ...base.snapshot.descriptor, payee: address('72') } })],
    ['of another token', suggestion({ descriptor: { ...base.snapshot.descriptor, token: address('73') } })],
    ['of another signer', suggestion({}, { authorizedSigner: address('74') })],
    ['of another operator', suggestion({}, withTerms({ operator: address('75') }))],
    [
      'of an operator where the sale has none',
      suggestion(
        { descriptor: { ...base.snapshot.descriptor, operator: address('76') } },
        {
          terms: { ...base.terms, methodDetails: { ...base.terms.methodDetails, operator: Hex.zeroAddress } },
        },
      ),
    ],
  ])('%s', (_, wrong) => expect(own(wrong)).toBe(false))
})

test('no more is taken for signed than was settled, whatever is said', () => {
  const chain = { deposit: 40_000n, settled: 3_000n }
  expect(proven(base.snapshot, chain)).toBe(true)
  expect(proven({ ...base.snapshot, acceptedCumulative: 3_001n }, chain)).toBe(false)
  expect(proven({ ...base.snapshot, spent: 3_001n }, chain)).toBe(false)
  expect(total({ ...base.snapshot, acceptedCumulative: 2_000n, settled: 1n }, chain)).toBe(3_000n)
  expect(deposit({ ...base.snapshot, deposit: 10n ** 9n }, chain)).toBe(40_000n)
})

test('the next unit is within the budget of the channel', () => {
  const chain = { deposit: 40_000n, settled: 3_000n }
  const { amount } = base.terms
  expect(affordable(base.terms, chain, 3_000n + amount)).toBe(true)
  expect(affordable(base.terms, chain, 2_999n + amount)).toBe(false)
})
