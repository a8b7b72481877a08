/** What a payer does not agree to: nothing is signed, whatever the shop asks. */
import { devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { networkOf } from '../../../../src/x402/wire/network.ts'
import type { Terms } from '../../../../src/x402/wire/requirements.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, holds } from '../../../kit/verdict.ts'
import { maxUnits, otherToken } from '../../../peers/x402/payee/shop/shop.ts'
import type { Fixtures } from './fixtures.ts'
import { refuses } from './verbs.ts'

const checks = {
  'caps.amount': 'X-CLI-008',
  'caps.asset': 'X-CLI-009',
  'caps.network': 'X-CLI-009',
  'caps.payee': 'X-CLI-010',
  'caps.validity': 'X-CLI-011',
} as const

type Check = keyof typeof checks

export const caps = scenario<Fixtures, Check>({
  id: 'x402/client/caps',
  title: 'More than the payer agrees to',
  uses: ['payees'],
  checks,
  faults: async () => (await import('./caps.faults.ts')).capsFaults,
  async run(t, fixtures) {
    for (const version of fixtures.versions) await each(t, fixtures, version)
  },
})

const stranger = devAccounts[5] as KeyAccount
/** Ten years, and the longest that a signature for an answer may be good, in seconds. */
const tenYears = 315_360_000
const longest = 86_400

async function each(t: Tester<Check>, { open, picky }: Fixtures, version: Version): Promise<void> {
  const asking: Partial<Record<Check, Partial<Terms>>> = {
    'caps.amount': { amount: maxUnits + 1n },
    'caps.asset': { asset: otherToken },
    'caps.network': { network: networkOf(version, 8_453) },
    ...(picky ? { 'caps.payee': { payTo: stranger.address } } : {}),
  }
  for (const [check, terms] of Object.entries(asking) as [Check, Partial<Terms>][])
    await refuses(t, check, {
      act: async () => (await open({ version, terms })).visit(),
      twin: async () => (await open({ version })).visit(),
      money: 'a shop takes what its customer never agreed to',
    })
  if (!picky)
    await t.check('caps.payee', () => absent('the client pays whoever is asked for: say --can payees'))
  await t.check('caps.validity', async () => {
    const { signed } = await (await open({ version, terms: { maxTimeoutSeconds: tenYears } })).visit()
    const now = Math.floor(Date.now() / 1000)
    const far = signed.find(({ authorization }) => authorization.validBefore > BigInt(now + longest))
    if (far === undefined) return holds
    const days = (far.authorization.validBefore - BigInt(now)) / 86_400n
    return broken(`v${version}: a signature that is good for a day at most`, `${days} days`, {
      money: 'a payment that was refused can be taken years later',
    })
  })
}
