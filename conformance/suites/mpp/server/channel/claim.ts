/**
 * What a payee must do by itself to be paid: answer a close request in time, and know after a stop, with its node out of
 * reach, what it can still claim.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Node } from '../../../../harness/node.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'

/** What the server is asked to look as often as, in milliseconds, and how long the kit waits for it to have looked. */
const watchIntervalMs = 200
const patienceMs = 4_000
const lookMs = 100

/** Units delivered on each channel. */
const delivered = 2

export const claim = scenario({
  id: 'mpp/server/claim',
  title: 'What was delivered is claimed before the payer can take it back, also after a stop',
  needs: ['start', 'node', 'stream'],
  checks: {
    'claim.close-request': 'SESS-REORG-001',
    'claim.captures': ['SESS-CLOSE-005', 'SESS-CLOSE-004'],
    'claim.after-restart': 'SESS-REORG-001',
    'claim.after-stop': 'SESS-CRASH-004',
  },
  faults: () => import('./claim.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer, launch, units, node }: Fixtures) {
    const instance = await launch({ WATCH_INTERVAL_MS: String(watchIntervalMs) })
    const payer = await anotherPayer(subject.of(instance))
    const sold = async () => {
      const channel = await payer.open()
      await channel.consume(delivered)
      return channel
    }
    const requested = await sold()
    await requestClose(requested)
    await t.check('claim.close-request', () => claimed(requested))
    await t.check('claim.captures', async () => {
      const [closed] = await requested.backing.closings(requested.id)
      return closed === undefined
        ? absent('the server did not close the channel by itself')
        : equal(closed.settledToPayee, requested.captures(units(delivered)), 'captured')
    })

    const [missed, stopped] = [await sold(), await sold()]
    const heal = unreachable(node, stopped)
    await instance.terminate()
    await requestClose(missed)
    heal()
    await instance.restart()
    await t.check('claim.after-restart', () => claimed(missed))
    await t.check('claim.after-stop', async () => {
      const captured = async () => (await stopped.backing.closings(stopped.id))[0]?.settledToPayee
      // A server may close by itself what it could not close before.
      const answer = (await captured()) === undefined ? await stopped.close(units(delivered)) : undefined
      const body = await answer?.text()
      const amount = await captured()
      return amount === undefined
        ? broken(
            'a close that captures what was delivered',
            answer === undefined ? 'no close' : describe(answer, body ?? ''),
            { money: 'what was delivered before the stop cannot be collected' },
          )
        : equal(amount, stopped.captures(units(delivered)), 'captured')
    })
  },
})

async function requestClose(channel: ChannelUnderTest): Promise<void> {
  const { success } = await channel.onChain(await channel.backing.requestCloseCalls(channel))
  if (!success) throw new Blocked('the chain took no close request')
}

/**
 * Waits until the payee has closed. A server that does not say how often it looks may look later than the kit can wait.
 */
async function claimed(channel: ChannelUnderTest): Promise<Finding> {
  const deadline = performance.now() + patienceMs
  while ((await channel.backing.closings(channel.id)).length === 0) {
    if (performance.now() > deadline) return notClaimed(channel)
    await sleep(lookMs)
  }
  return holds
}

const notClaimed = (channel: ChannelUnderTest): Finding =>
  channel.payer.subject.options.watches === true
    ? broken(
        'a close of the channel whose payer has requested it',
        `none within ${patienceMs} ms, where the server looks every ${watchIntervalMs} ms`,
        { money: 'after the grace period the payer takes back what was delivered' },
      )
    : absent('the server does not say that WATCH_INTERVAL_MS is how often it looks for close requests')

/** The node answers an error to everything about a channel. */
function unreachable(node: Node, { id, descriptor }: ChannelUnderTest): () => void {
  const when = (params: readonly unknown[]) => {
    const asked = JSON.stringify(params).toLowerCase()
    return [id, descriptor.salt].some((hex) => asked.includes(hex.slice(2)))
  }
  const methods = [
    'eth_call',
    'eth_estimateGas',
    'eth_getLogs',
    'eth_sendRawTransaction',
    'eth_sendRawTransactionSync',
  ]
  const ends = methods.map((method) => node.error(method, { when, message: 'bad gateway' }))
  return () => {
    for (const end of ends) end()
  }
}
