/** A session is paid in the protocol its challenge names: credentials of the other one are refused. */
import { RpcError } from '../../../../../src/chain/rpc.ts'
import * as Escrow from '../../../../../src/contracts/escrow.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import type { SessionProtocol } from '../../../../../src/contracts/voucher.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type * as SessionRequest from '../../../../../src/mpp/wire/session-request.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { termsIn } from '../../../../peers/mpp/payer/legible.ts'
import type { Payer, PreparedOpen } from '../../../../peers/mpp/payer/payer.ts'
import { Subject } from '../../../../peers/mpp/payer/subject.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses } from '../verbs.ts'

export const protocol = scenario({
  id: 'mpp/server/protocol',
  title: 'A session is paid in the protocol its challenge names',
  checks: {
    'protocol.named': 'SESS-PROTO-001',
    'protocol.other-open': 'SESS-PROTO-004',
    'protocol.other-voucher': 'SESS-PROTO-004',
  },
  faults: () => import('./protocol.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { subject, payer } = fixtures
    await t.check('protocol.named', async () => {
      const answer = await subject.request({ method: 'HEAD' })
      await answer.text()
      // A server need not answer HEAD; one that does must ask the same there.
      const asked = subject.sessionIn(answer)
      const all = [subject.terms, ...(asked === undefined ? [] : [termsIn(asked)])]
      const reserved = all.map((terms) => terms.methodDetails).filter(inReserve)
      if (reserved.length === 0) return absent('its channels do not live in the reserve')
      const named = reserved.map(({ sessionProtocol = 'none' }) => sessionProtocol)
      return holdsIf(
        named.every((name) => name === 'v2'),
        'sessionProtocol v2',
        named.join(', '),
      )
    })
    if (t.wants('protocol.other-open')) await otherOpen(t, fixtures)
    await refuses(t, 'protocol.other-voucher', async () => {
      const channel = await payer.open()
      return {
        act: async () => channel.send(await otherVoucher(channel, fixtures.units(2))),
        twin: () => channel.voucher(fixtures.units(2)),
        position: channel.position,
        money: 'the payee serves and can never collect',
      }
    })
  },
})

type T = Parameters<typeof protocol.run>[0]

async function otherOpen(t: T, fixtures: Fixtures): Promise<void> {
  const { subject, payer } = fixtures
  const foreign = await foreignOpen(fixtures)
  if (foreign === undefined)
    return t.check('protocol.other-open', () => absent('the chain has no contract of the other protocol'))
  await refuses(t, 'protocol.other-open', {
    act: () => foreign.payer.send(foreign.open, { on: subject }),
    twin: async () => payer.send(await payer.prepareOpen()),
    position: foreign.payer.position,
    money: 'the payee serves on a channel it does not know how to close',
  })
}

const inReserve = ({ escrowContract }: SessionRequest.MethodDetails): boolean =>
  escrowContract === Reserve.address

const other = (protocol: SessionProtocol): SessionProtocol => (protocol === 'v1' ? 'v2' : 'v1')

/** A payer of the other protocol to the same payee, and its signed open; undefined where it cannot be signed. */
async function foreignOpen({
  subject,
  payer,
  anotherPayer,
}: Fixtures): Promise<{ payer: Payer; open: PreparedOpen } | undefined> {
  const sessionProtocol = other(payer.protocol)
  const escrowContract = sessionProtocol === 'v1' ? Escrow.address : Reserve.address
  const terms = {
    ...subject.terms,
    methodDetails: { ...subject.terms.methodDetails, sessionProtocol, escrowContract },
  }
  const paying = await anotherPayer(new Subject({ ...subject.options, terms }, subject.recorder))
  try {
    return { payer: paying, open: await paying.prepareOpen() }
  } catch (error) {
    // The node cannot even say what it would cost.
    if (error instanceof RpcError) return undefined
    throw error
  }
}

/** A voucher of the channel in the other protocol's shape and domain. */
async function otherVoucher(channel: ChannelUnderTest, amount: bigint): Promise<object> {
  const { domain, descriptor } = channel
  const protocol = other(domain.protocol)
  const { descriptor: _, ...signed } = await channel.signVoucher(amount, undefined, { ...domain, protocol })
  return Payload.toJson(protocol === 'v2' ? { ...signed, descriptor } : signed)
}
