/** A node that answers nothing of use, and one that is not there: no server falls over it, and each goes on by itself. */
import { serveRpc } from '../../../../../src/chain/rpc-server.ts'
import { deadPort, type Instance } from '../../../../harness/process.ts'
import { scenario } from '../../../../kit/scenario.ts'
import type { Tester } from '../../../../kit/tester.ts'
import { absent, Blocked, broken, type Finding, holds, holdsIf, SetupError } from '../../../../kit/verdict.ts'
import type { Subject } from '../../../../peers/mpp/payer/subject.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { about } from './node-lies/state.ts'

export const outage = scenario({
  id: 'mpp/server/outage',
  title: 'A node that answers nothing of use, or nothing at all, makes no server fail',
  needs: ['start', 'stream', 'node'],
  checks: {
    'outage.empty-answers': 'CORE-PROB-010',
    'outage.goes-on': 'SESS-VOUCH-013',
    'outage.first-request': 'CORE-PROB-010',
    'outage.recovers': 'CORE-STAT-001',
  },
  faults: () => import('./outage.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await emptyAnswers(t, fixtures)
    await downAtFirst(t, fixtures)
  },
})

type T = Tester<'outage.empty-answers' | 'outage.goes-on' | 'outage.first-request' | 'outage.recovers'>

/** Answers of nodes that are out of step, or none: each to the calls about one channel. */
const useless: Readonly<Record<string, unknown>> = {
  'no bytes': '0x',
  null: null,
  'a byte': '0x00',
  text: 'oops',
}

/** Every action while the node answers so. No text says what a server answers then; that it fell over is a warning. */
async function emptyAnswers(t: T, { payer, units, node }: Fixtures): Promise<void> {
  const channel = await payer.open()
  await (await channel.voucher(units(2))).text()
  const topUp = await channel.prepareTopUp(units(5))
  const acts = {
    voucher: () => channel.voucher(units(3)),
    'top-up': () => channel.presentTopUp(topUp),
    close: () => channel.close(units(2)),
  }
  await t.check('outage.empty-answers', async () => {
    for (const [what, answer] of Object.entries(useless)) {
      const opening = await payer.prepareOpen()
      const heals = [channel, opening.channel].map((of) =>
        node.answer('eth_call', () => answer, { when: about(of) }),
      )
      try {
        // Only v2 logs tell the audit of an open that was sent and refused all the same.
        const open = payer.protocol === 'v2' ? { open: () => payer.send(opening) } : {}
        for (const [act, send] of Object.entries({ ...acts, ...open })) {
          // A close that a server makes without asking the chain is over: nothing is left to be asked about.
          if (act === 'close' && what !== lastOf(useless)) continue
          const said = await send()
          const body = await said.text()
          if (said.status === 500)
            return broken(
              '402, or 503 with Retry-After',
              `${describe(said, body)} to the ${act}, for ${what}`,
              {
                softly: true,
              },
            )
        }
      } finally {
        for (const heal of heals) heal()
      }
    }
    return holds
  })
  await t.check('outage.goes-on', async () => {
    const other = await payer.open()
    const answer = await other.voucher(units(2))
    const body = await answer.text()
    return holdsIf(answer.accepted, '2xx when the node answers again', describe(answer, body))
  })
}

const lastOf = (table: object): string | undefined => Object.keys(table).at(-1)

/** A server is started while there is no node where it is told that one is; then there is. */
async function downAtFirst(t: T, { subject, launch, node }: Fixtures): Promise<void> {
  const { port, free } = await deadPort()
  const begun = await startsAnyhow(() => launch({ RPC_URL: `http://127.0.0.1:${port}` }))
  if (begun === undefined) {
    await free()
    for (const check of ['outage.first-request', 'outage.recovers'] as const)
      await t.check(check, () => absent('the server does not start without its node'))
    return
  }
  const at = subject.of(begun)
  await t.check('outage.first-request', () => withoutNode(at))
  await free()
  const back = await serveRpc(node, { port })
  try {
    await t.check('outage.recovers', async () => {
      const answer = await at.request()
      const body = await answer.text()
      return holdsIf(answer.status === 402, '402 once the node is there', describe(answer, body))
    })
  } finally {
    await back.close()
  }
}

/** A server that ends without its node, or waits for it before it listens, is lawful too. */
async function startsAnyhow(launch: () => Promise<Instance>): Promise<Instance | undefined> {
  try {
    return await launch()
  } catch (error) {
    if (error instanceof SetupError) return undefined
    throw error
  }
}

async function withoutNode(at: Subject): Promise<Finding> {
  const answer = await at.request()
  const body = await answer.text()
  if (answer.accepted) throw new Blocked(`content for nothing: ${answer.status}`)
  if (answer.status === 402) return holds
  const wanted = '402, or 503 with Retry-After'
  if (answer.status === 500) return broken(wanted, describe(answer, body), { softly: true })
  return answer.status === 503 && answer.field('retry-after') === undefined
    ? broken(wanted, '503 without Retry-After', { softly: true })
    : holds
}
