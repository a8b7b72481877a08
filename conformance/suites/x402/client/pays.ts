/** A run against an honest shop: paid once, with exactly what was asked, and read to its end. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, equal, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import { price } from '../../../peers/x402/payee/shop/shop.ts'
import { text } from '../../../peers/x402/payee/shop/writing.ts'
import type { Fixtures } from './fixtures.ts'
import { describe } from './verbs.ts'

const checks = {
  'pays.done': 'X-CLI-001',
  'pays.once': 'X-CLI-002',
  'pays.exact': 'X-CLI-003',
  'pays.echo': 'X-CLI-004',
  'pays.same-request': 'X-CLI-005',
  'pays.text': 'X-CLI-006',
} as const

type Check = keyof typeof checks

export const pays = scenario<Fixtures, Check>({
  id: 'x402/client/pays',
  title: 'An errand to an honest shop',
  checks,
  faults: async () => (await import('./pays.faults.ts')).paysFaults,
  async run(t, fixtures) {
    for (const version of fixtures.versions) await once(t, fixtures, version)
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
  await t.check('pays.same-request', () => {
    // Whoever looks first by another method, or asks twice, has sent the paid request without its payment as well.
    const unpaid = seen.filter((each) => !each.paid)
    const [first] = unpaid
    if (paid === undefined || first === undefined)
      return unjudged('there was no request with and one without payment')
    const same = unpaid.some(
      (each) =>
        paid.method === each.method && paid.body === each.body && paid.contentType === each.contentType,
    )
    return same
      ? holds
      : broken(
          `v${version}: the same request with its payment`,
          `${paid.method} with ${paid.body.length} bytes of "${paid.contentType}" for ${first.method} with ${first.body.length} of "${first.contentType}"`,
        )
  })
  await t.check('pays.text', () => {
    if (!chats) return absent('the client prints no text of chats')
    return holdsIf(
      ran.stdout.includes(text),
      `v${version}: the text "${text}"`,
      `"${ran.stdout.slice(0, 200)}", ${describe(visit)}`,
    )
  })
}
