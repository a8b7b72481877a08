/** A credential is about the channel its descriptor derives, opened by the transaction it carries: no other. */

import * as ChannelId from '../../../../../src/contracts/channel-id.ts'
import * as Descriptor from '../../../../../src/contracts/descriptor.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { onOpen, onVoucher, refusesVouchers, uncollectable } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { intruder } from '../strangers.ts'
import { refuses, refusesAs } from '../verbs.ts'

/** A TIP-20 address that no challenge asks for. */
const worthless: `0x${string}` = '0x20c00000000000000000000000000000deadbeef'
/** Gas for transactions that a node would refuse to estimate. */
const gas = 1_000_000n

export const descriptor = scenario({
  id: 'mpp/server/descriptor',
  title: 'The descriptor derives the channel id and is that of the open transaction',
  needs: ['v2'],
  checks: {
    'descriptor.field-swapped': ['SESS-CHID-003', 'CHAN-ID-005'],
    'descriptor.rederived': ['SESS-VOUCH-002', 'SESS-ERR-001'],
    'descriptor.rederived-label': 'SESS-ERR-007',
    'descriptor.partial': 'SESS-DESC-008',
    'descriptor.wrong-token': ['SESS-DESC-003', 'SESS-OPEN-009'],
    'descriptor.token-not-opened': ['SESS-OPEN-009', 'SESS-OPEN-002'],
    'descriptor.salt-not-opened': 'SESS-OPEN-004',
    'descriptor.signer-not-opened': ['SESS-OPEN-004', 'SESS-OPEN-003'],
    'descriptor.claimed-signer': 'SESS-OPEN-003',
    'descriptor.other-payer': 'SESS-OPEN-003',
    'descriptor.rich-channel': ['SESS-OPEN-018', 'SESS-OPEN-003'],
    'descriptor.rich-channel-unsigned': ['SESS-OPEN-013', 'SESS-OPEN-018'],
  },
  faults: () => import('./descriptor.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await swapped(t, fixtures)
    await opened(t, fixtures)
    await claimed(t, fixtures)
  },
})

type T = Parameters<typeof descriptor.run>[0]

/** A descriptor with one field changed to something else that is well formed. */
const altered = (
  { descriptor: original }: ChannelUnderTest,
  name: keyof Descriptor.Descriptor,
): Descriptor.Descriptor => ({
  ...original,
  [name]: name === 'salt' || name === 'expiringNonceHash' ? keccakText(name) : intruder.address,
})

/** Each of the seven fields, with the channel id kept and with the id that follows from it. */
async function swapped(t: T, fixtures: Fixtures): Promise<void> {
  const { units } = fixtures
  const withDescriptor =
    (what: (channel: ChannelUnderTest) => unknown) => async (channel: ChannelUnderTest) => {
      const payload = Payload.toJson(await channel.signVoucher(units(4)))
      return channel.send({ ...payload, descriptor: what(channel) })
    }
  const swappedFields = Descriptor.fields.map(
    (name) => [`another ${name}`, withDescriptor((channel) => altered(channel, name))] as const,
  )
  await refusesVouchers(t, 'descriptor.field-swapped', fixtures, Object.fromEntries(swappedFields))
  await refusesVouchers(t, 'descriptor.partial', fixtures, {
    'no descriptor': withDescriptor(() => null),
    'an empty descriptor': withDescriptor(() => ({})),
    'text for a descriptor': withDescriptor(({ id }) => id),
    'no payer': withDescriptor(({ descriptor: whole }) => ({ ...whole, payer: undefined })),
    'a short salt': withDescriptor(({ descriptor: whole }) => ({ ...whole, salt: '0x12' })),
    'a number for the operator': withDescriptor(({ descriptor: whole }) => ({ ...whole, operator: 0 })),
  })
  const rederived = (name: keyof Descriptor.Descriptor) => async (channel: ChannelUnderTest) => {
    const changed = altered(channel, name)
    const channelId = ChannelId.v2(changed, channel.domain)
    const signed = await channel.signVoucher(units(4), undefined, { ...channel.domain, channelId })
    const payload = { ...Payload.toJson(signed), channelId, descriptor: changed }
    return channel.send(payload, { note: `the channel that another ${name} derives` })
  }
  const labelled = ['salt', 'payer', 'expiringNonceHash'] as const
  for (const name of labelled)
    await refusesAs(
      t,
      'descriptor.rederived',
      'descriptor.rederived-label',
      ['session/channel-not-found'],
      () => onVoucher(fixtures, rederived(name)),
    )
  // Another payee, token, operator or signer is wrong in itself: by which name it is refused is the server's choice.
  const others = Descriptor.fields.filter((name) => !labelled.some((each) => each === name))
  await refusesVouchers(
    t,
    'descriptor.rederived',
    fixtures,
    Object.fromEntries(others.map((name) => [`the channel that another ${name} derives`, rederived(name)])),
  )
}

/** Opens whose transaction and descriptor contradict each other. */
async function opened(t: T, { payer }: Fixtures): Promise<void> {
  const other = { token: worthless } as const
  await refuses(
    t,
    'descriptor.wrong-token',
    onOpen(
      payer,
      { calldata: other, described: other, gas },
      undefined,
      'the payee is paid in a worthless token',
    ),
  )
  await refuses(
    t,
    'descriptor.token-not-opened',
    onOpen(payer, { calldata: other, gas }, undefined, 'the payee is paid in a worthless token'),
  )
  await refuses(
    t,
    'descriptor.salt-not-opened',
    onOpen(payer, { described: { salt: keccakText('another salt') } }, undefined, uncollectable),
  )
  await refuses(
    t,
    'descriptor.signer-not-opened',
    onOpen(
      payer,
      { described: { authorizedSigner: intruder.address }, voucherBy: intruder },
      undefined,
      uncollectable,
    ),
  )
  await refuses(
    t,
    'descriptor.claimed-signer',
    onOpen(payer, { voucherBy: intruder }, () => ({ authorizedSigner: intruder.address }), uncollectable),
  )
}

/** Opens that claim a channel that another payer opened. */
async function claimed(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units } = fixtures
  // The payer in the descriptor signs the voucher, and did not send the transaction.
  await refuses(
    t,
    'descriptor.other-payer',
    onOpen(payer, { described: { payer: intruder.address }, voucherBy: intruder }, undefined, uncollectable),
  )
  const rich = await (await fixtures.anotherPayer()).open()
  await (await rich.voucher(units(3))).text()
  const twin = async () => payer.send(await payer.prepareOpen())
  const money = "somebody else's deposit pays"
  await refuses(t, 'descriptor.rich-channel', {
    // All that is claimed is the id; the rest is the poor channel's own.
    act: async () => {
      const poor = await payer.prepareOpen()
      const { signature } = await poor.channel.signVoucher(units(9), undefined, {
        ...poor.channel.domain,
        channelId: rich.id,
      })
      const cumulativeAmount = units(9).toString()
      return payer.sendAltered(poor, { channelId: rich.id, cumulativeAmount, signature })
    },
    twin,
    position: rich.position,
    money,
  })
  await refuses(t, 'descriptor.rich-channel-unsigned', {
    // Id and descriptor are the rich channel's: only its payer's signature is missing.
    act: async () => {
      const poor = await payer.prepareOpen()
      const { signature } = await poor.channel.signVoucher(units(9), undefined, {
        ...poor.channel.domain,
        channelId: rich.id,
      })
      const { id: channelId, descriptor: richDescriptor } = rich
      return payer.sendAltered(poor, {
        channelId,
        descriptor: richDescriptor,
        cumulativeAmount: units(9).toString(),
        signature,
      })
    },
    twin,
    position: rich.position,
    money,
  })
}
