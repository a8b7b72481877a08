/** Settlement: one transfer of exactly the amount, told as success once, however often and fast it is asked for. */
import { abi } from '../../../../src/contracts/transfer-authorization-abi.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { chainIdOf } from '../../../../src/x402/wire/network.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { figures } from '../../../kit/verbs.ts'
import { broken, equal, holdsIf } from '../../../kit/verdict.ts'
import { type Asked, type Caller, price, type Told } from '../../../peers/x402/payer/caller.ts'
import type { Fixtures } from './fixtures.ts'
import { accepts, describe, isGood, refuses, refusesEach } from './verbs.ts'
import { type Wrong, waysOf, wrongs } from './wrongs.ts'

const checks = {
  'settle.success': 'X-FAC-014',
  'settle.moves': 'X-FAC-015',
  'settle.transaction': 'X-FAC-016',
  'settle.network': 'X-FAC-017',
  'settle.payer': 'X-FAC-017',
  'settle.again': 'X-FAC-018',
  'settle.concurrent': 'X-FAC-018',
  'settle.moves-once': 'X-FAC-015',
  'settle.no-good': 'X-FAC-019',
} as const

type Check = keyof typeof checks

export const settle = scenario<Fixtures, Check>({
  id: 'x402/facilitator/settle',
  title: 'Payments that are settled',
  checks,
  faults: async () => (await import('./settle.faults.ts')).settleFaults,
  async run(t, { caller, versions }) {
    for (const version of versions) {
      await once(t, caller, version)
      await atOnce(t, caller, version)
      await noGood(t, caller, version)
    }
  },
})

const position = (caller: Caller) =>
  figures<Told>(async () => ({
    payee: await caller.earned(),
    payer: await caller.token.balance(caller.account.address),
  }))

async function once(t: Tester<Check>, caller: Caller, version: Version): Promise<void> {
  const asked = await caller.make(version)
  const before = await caller.earned()
  let answer: Told | undefined
  await accepts(t, 'settle.success', async () => {
    answer = await caller.settle(asked)
    return answer
  })
  await t.check('settle.moves', async () =>
    equal((await caller.earned()) - before, price, `v${version}: the payee got`),
  )
  if (answer === undefined || !isGood(answer)) return
  const { said = {} } = answer
  await t.check('settle.network', () =>
    equal(
      chainIdOf(String(said['network'])),
      caller.subject.chainId,
      `v${version}: the chain of ${said['network']}:`,
    ),
  )
  await t.check('settle.payer', () =>
    equal(String(said['payer']).toLowerCase(), caller.account.address.toLowerCase(), `v${version}: payer`),
  )
  await t.check('settle.transaction', () => isTrue(caller, version, asked, String(said['transaction'])))
  // Two servers may be handed one payment: only the first may hear that it was settled.
  await refuses(t, 'settle.again', {
    act: () => caller.settle(asked, 'again'),
    twin: async () => caller.settle(await caller.make(version)),
    position: position(caller),
    money: 'two servers give content for one payment',
  })
}

/** Whether the transaction that is named is the one that used the payment. */
async function isTrue({ subject }: Caller, version: Version, { signed }: Asked, hash: string) {
  const expected = `v${version}: the transaction that used the payment`
  if (!/^0x[0-9a-fA-F]{64}$/.test(hash)) return broken(expected, `"${hash}"`)
  const mined = await subject.chain.findReceipt(hash.toLowerCase() as `0x${string}`)
  const nonces = mined?.logs.map((log) => abi.decodeLog(log)?.args['nonce']) ?? []
  return holdsIf(nonces.includes(signed.authorization.nonce), expected, hash)
}

/** How often a payment is settled at once. */
const racers = 5

async function atOnce(t: Tester<Check>, caller: Caller, version: Version): Promise<void> {
  const asked = await caller.make(version)
  const before = await caller.earned()
  const answers = await Promise.all(Array.from({ length: racers }, () => caller.settle(asked, 'at once')))
  const good = answers.filter(isGood)
  await t.check('settle.concurrent', () =>
    good.length === 0
      ? broken(`v${version}: one success of ${racers}`, answers.map(describe)[0] ?? 'none')
      : holdsIf(good.length === 1, `v${version}: one success of ${racers}`, `${good.length}`),
  )
  await t.check('settle.moves-once', async () => {
    const earned = (await caller.earned()) - before
    return equal(earned, price, `v${version}: the payee got`)
  })
}

/** What is no good is not settled. */
async function noGood(t: Tester<Check>, caller: Caller, version: Version): Promise<void> {
  const wrong = Object.entries<Wrong>(wrongs(caller, version)).flatMap(([name, each]) =>
    waysOf(name, each, version),
  )
  const acts = wrong.map(([name, { change }]) => [
    name,
    async () => caller.settle(await caller.make(version, change), name),
  ])
  await refusesEach(t, 'settle.no-good', Object.fromEntries(acts), {
    twin: async () => caller.settle(await caller.make(version)),
    position: position(caller),
    money: 'servers give content for it',
  })
}
