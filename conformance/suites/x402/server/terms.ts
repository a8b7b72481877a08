/** Payments that do not pay what is asked: each is refused, moves nothing, and its lawful twin is taken. */
import type { Address } from '../../../../src/codec/hex.ts'
import { accountFromKey, devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { networkOf } from '../../../../src/x402/wire/network.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, holds, holdsIf } from '../../../kit/verdict.ts'
import { type Payer, termsOf } from '../../../peers/x402/payer/payer.ts'
import type { Change } from '../../../peers/x402/payer/sign.ts'
import type { Fixtures } from './fixtures.ts'
import { money, type Replied, refusesEach, workFor } from './verbs.ts'

const checks = {
  'terms.payee': 'X-PAY-002',
  'terms.amount': 'X-PAY-003',
  'terms.asset': 'X-PAY-004',
  'terms.network': 'X-PAY-005',
  'terms.expired': 'X-PAY-006',
  'terms.early': 'X-PAY-006',
  'terms.signature': 'X-PAY-007',
  'terms.funds': 'X-PAY-008',
  'terms.402': 'X-PAY-009',
  'terms.no-work': 'X-PAY-010',
} as const

type Check = keyof typeof checks

export const terms = scenario<Fixtures, Check>({
  id: 'x402/server/terms',
  title: 'Payments that do not pay what is asked',
  checks,
  faults: async () => (await import('./terms.faults.ts')).termsFaults,
  async run(t, { payer, versions }) {
    for (const version of versions) await eachTerm(t, payer, version)
  },
})

/** An account that the server does not know. */
const stranger = devAccounts[5] as KeyAccount
const otherToken: Address = `0x${'20c0'.padEnd(40, '0')}`

/** A payment that says it pays what was asked, and is signed for something else. */
const saidAsAsked = ({ claims: _, ...change }: Change): Change => change

/** The ways in which a payment is wrong in one thing: v2 payments say what they pay beside what is signed. */
const waysOf = (change: Change, version: Version): Record<string, Change> =>
  change.claims === undefined || version === 1
    ? { 'said and signed': change }
    : { 'said and signed': change, 'signed, and said to be as asked': saidAsAsked(change) }

/** What is wrong with a payment, by the check that it is refused for. */
function wrongs(payer: Payer, version: Version): Partial<Record<Check, Change>> {
  const { amount } = termsOf(payer.subject, version)
  const now = BigInt(Math.floor(Date.now() / 1000))
  const elsewhere = payer.subject.chainId === 8_453 ? 84_532 : 8_453
  const poor = accountFromKey(keccakText(`poor ${payer.account.address}`))
  return {
    'terms.payee': { authorization: { to: stranger.address }, claims: { payTo: stranger.address } },
    'terms.amount': { authorization: { value: amount - 1n }, claims: { amount: amount - 1n } },
    'terms.asset': { domain: { address: otherToken }, claims: { asset: otherToken } },
    'terms.network': { domain: { chainId: elsewhere }, claims: { network: networkOf(version, elsewhere) } },
    'terms.expired': { authorization: { validAfter: 0n, validBefore: now - 10n } },
    'terms.early': { authorization: { validAfter: now + 3_600n, validBefore: now + 7_200n } },
    'terms.signature': { by: stranger },
    'terms.funds': { by: poor, authorization: { from: poor.address } },
  }
}

async function eachTerm(t: Tester<Check>, payer: Payer, version: Version): Promise<void> {
  const refusals: Replied[] = []
  const conversations: string[] = []
  for (const [check, change] of Object.entries(wrongs(payer, version)) as [Check, Change][]) {
    const acts = Object.entries(waysOf(change, version)).map(([way, one]) => {
      const conversation = payer.conversation()
      conversations.push(conversation)
      const act = async () => {
        const answer = await payer.pay(version, one, { conversation, note: `${check}, ${way}` })
        if (answer.status >= 400) refusals.push(answer)
        return answer
      }
      return [way, act]
    })
    await refusesEach(t, check, Object.fromEntries(acts), {
      twin: () => payer.pay(version),
      position: money(payer),
      money: 'the seller gives content for less than it costs, or for nothing',
    })
  }
  await t.check('terms.402', () => {
    const other = refusals.find(({ exchange }) => exchange.status !== 402)
    return other === undefined
      ? holds
      : broken(`v${version}: status 402 for a payment that is no good`, `${other.exchange.status}`)
  })
  await t.check('terms.no-work', () => {
    const work = workFor(payer, conversations)
    if (work === undefined) return absent('what the model was asked is seen only with the model of the kit')
    return holdsIf(
      work === 0,
      `v${version}: the model not asked for payments that are no good`,
      `asked ${work} times`,
    )
  })
}
