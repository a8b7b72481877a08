/** A run against an honest shop: paid once, with exactly what was asked, and read to its end. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, equal, holdsIf, unjudged } from '../../../kit/verdict.ts'
import { otherToken, price } from '../../../peers/x402/payee/shop/shop.ts'
import { text } from '../../../peers/x402/payee/shop/writing.ts'
import type { Fixtures } from './fixtures.ts'
import { describe, sameRequest } from './verbs.ts'

const checks = {
  'pays.done': 'X-CLI-001',
  'pays.once': 'X-CLI-002',
  'pays.exact': 'X-CLI-003',
  'pays.echo': 'X-CLI-004',
  'pays.same-request': 'X-CLI-005',
  'pays.text': 'X-CLI-006',
  'pays.agreed-token': 'X-CLI-018',
} as const

type Check = keyof typeof checks

export const pays = scenario<Fixtures, Check>({
  id: 'x402/client/pays',
  title: 'An errand to an honest shop',
  checks,
  faults: async () => (await import('./pays.faults.ts')).paysFaults,
  async run(t, fixtures) {
    for (const version of fixtures.versions) {
      await once(t, fixtures, version)
      await inAgreedToken(t, fixtures, version)
    }
  },
})

async function once(t: Tester<Check>, { open, chats, versions }: Fixtures, version: Version): Promise<void> {
  const shop = await open({ version })
  const visit = await shop.visit()
  const { ran, seen, signed } = visit
  await t.check('pays.done', () => equal(ran.code, 0, `v${version}: exit code (${ran.stderr.slice(0, 120)})`))
  await t.check('pays.once', () => equal(signed.length, 1, `v${version}: payments signed:`))
  const [payment] = signed
  const paid = seen.find((each) => each.payment !== undefined)
  await t.check('pays.exact', () => {
    if (payment === undefined) return unjudged('nothing was signed')
    const { value, to } = payment.authorization
    const asked = shop.requirements()
    if (value !== price) return broken(`v${version}: ${price} signed`, `${value}`)
    return equal(to.toLowerCase(), asked.payTo.toLowerCase(), `v${version}: payee`)
  })
  const repeats = version === 2 || !versions.includes(2)
  if (repeats)
    await t.check('pays.echo', () => {
      if (version === 1) return absent('v1 repeats nothing')
      const accepted = paid?.payment?.accepted
      if (accepted === undefined) return unjudged('nothing was paid')
      const asked = shop.requirements()
      const same = (['amount', 'asset', 'payTo', 'network', 'scheme'] as const).every(
        (name) => String(accepted[name]).toLowerCase() === String(asked[name]).toLowerCase(),
      )
      return holdsIf(same, 'what was asked is repeated', JSON.stringify(accepted.json))
    })
  await t.check('pays.same-request', () => sameRequest(visit, version))
  await t.check('pays.text', () => {
    if (!chats) return absent('the client prints no text of chats')
    return holdsIf(
      ran.stdout.includes(text),
      `v${version}: the text "${text}"`,
      `"${ran.stdout.slice(0, 200)}", ${describe(visit)}`,
    )
  })
}

/**
 * A shop asks in another token, and that is the one that the client is told it may pay in. The chain does not have it: a
 * client that looks at its balance first declines lawfully, which is why a client that does not sign is only warned.
 */
const inAgreedToken = (t: Tester<Check>, { open }: Fixtures, version: Version): Promise<void> =>
  t.check('pays.agreed-token', async () => {
    const shop = await open({
      version,
      terms: { asset: otherToken },
      env: { ASSET: otherToken },
      conduct: () => 'ask',
    })
    const visit = await shop.visit()
    return holdsIf(
      visit.signed.length > 0,
      `v${version}: a payment in the token that the payer named`,
      `${describe(visit)} (${visit.ran.stderr.slice(0, 160)})`,
    )
  })
