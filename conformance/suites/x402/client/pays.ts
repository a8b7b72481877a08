/** A run against an honest shop: paid once, with exactly what was asked, and read to its end. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { networkOf } from '../../../../src/x402/wire/network.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, broken, equal, holdsIf, unjudged } from '../../../kit/verdict.ts'
import { maxUnits, otherToken, price } from '../../../peers/x402/payee/shop/shop.ts'
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
  'pays.fresh-nonce': 'X-CLI-020',
  'pays.selects': 'X-CLI-022',
} as const

type Check = keyof typeof checks

/** A chain that no errand is paid on. */
const elsewhereId = 8_453

export const pays = scenario<Fixtures, Check>({
  id: 'x402/client/pays',
  title: 'An errand to an honest shop',
  checks,
  faults: async () => (await import('./pays.faults.ts')).paysFaults,
  async run(t, fixtures) {
    for (const version of fixtures.versions) {
      await once(t, fixtures, version)
      await freshNonce(t, fixtures, version)
      await inAgreedToken(t, fixtures, version)
      await selects(t, fixtures, version)
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

/** Two errands to two honest shops: the chain takes a nonce of a payer once. */
const freshNonce = (t: Tester<Check>, { open }: Fixtures, version: Version): Promise<void> =>
  t.check('pays.fresh-nonce', async () => {
    const nonces: string[] = []
    for (let i = 0; i < 2; i++) {
      const { signed } = await (await open({ version })).visit()
      const [payment] = signed
      if (payment === undefined) return unjudged('nothing was signed')
      nonces.push(payment.authorization.nonce)
    }
    return holdsIf(new Set(nonces).size === 2, `v${version}: a nonce for each payment`, `${nonces[0]} twice`)
  })

/**
 * A shop that can be paid in several ways, and only the last is one that the payer agreed to. Payers that look at the
 * first alone decline, which is safe: no text says how to choose.
 */
const selects = (t: Tester<Check>, { open }: Fixtures, version: Version): Promise<void> =>
  t.check('pays.selects', async () => {
    const elsewhere = { network: networkOf(version, elsewhereId) }
    const before = [...(version === 2 ? [{ scheme: 'upto' }] : []), elsewhere, { amount: maxUnits + 1n }]
    const visit = await (await open({ version, before })).visit()
    const [payment] = visit.signed
    return holdsIf(
      payment?.authorization.value === price && visit.ran.code === 0,
      `v${version}: the last of ${before.length + 1} ways to pay, the one that was agreed to`,
      `${describe(visit)} (${visit.ran.stderr.slice(0, 160)})`,
    )
  })
