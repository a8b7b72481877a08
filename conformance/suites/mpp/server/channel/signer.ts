/** A voucher counts when the channel's own signer signed it under the channel's own domain, in a form the chain takes. */
import { keccak256, keccakText, words } from '../../../../../src/keys/keccak.ts'
import * as Signature from '../../../../../src/keys/signature.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { onOpen, onVoucher, refusesVouchers, uncollectable } from '../attempts.ts'
import type { Fixtures } from '../fixtures.ts'
import { intruder, stranger } from '../strangers.ts'
import { accepts, refuses } from '../verbs.ts'

export const signer = scenario({
  id: 'mpp/server/signer',
  title: "Only the channel's own signer signs, under its own domain, what the chain will take",
  needs: ['stream'],
  checks: {
    'signer.delegated': ['SESS-SIG-009', 'CHAN-SIG-004'],
    'signer.payer-on-delegated': 'SESS-SIG-011',
    'signer.payer-opens-delegated': ['SESS-SIG-011', 'SESS-OPEN-013'],
    'signer.claimed-in-descriptor': ['SESS-SIG-010', 'SESS-SIG-009'],
    'signer.claimed-in-source': 'SESS-SIG-010',
    'signer.other-version': 'SESS-SIG-012',
    'signer.other-width': 'SESS-SIG-012',
    'signer.keychain': 'CHAN-SIG-003',
    'signer.length': 'SESS-ERR-003',
    'signer.range': 'SESS-ERR-003',
    'signer.parity': 'SESS-ERR-003',
    'signer.unprefixed': 'SESS-ENC-008',
    'signer.redeemable': ['SESS-SIG-013', 'CHAN-SIG-005'],
  },
  faults: () => import('./signer.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await delegated(t, fixtures)
    await claimed(t, fixtures)
    await domains(t, fixtures)
    await forms(t, fixtures)
    await t.check('signer.redeemable', () => redeemable(fixtures))
  },
})

type T = Parameters<typeof signer.run>[0]

/** A channel whose vouchers are signed by another account than the payer. */
async function delegated(t: T, { payer, units }: Fixtures): Promise<void> {
  const channel = await payer.open({ authorizedSigner: stranger.address, voucherBy: stranger })
  await accepts(t, 'signer.delegated', () => channel.voucher(units(2)))
  await refuses(t, 'signer.payer-on-delegated', {
    act: async () => channel.send(Payload.toJson(await channel.signVoucher(units(3), payer.account))),
    twin: () => channel.voucher(units(3)),
    position: channel.position,
    money: uncollectable,
  })
  await refuses(
    t,
    'signer.payer-opens-delegated',
    onOpen(payer, { authorizedSigner: stranger.address }, undefined, uncollectable),
  )
}

/** Signers that the payload names instead of the channel. */
async function claimed(t: T, fixtures: Fixtures): Promise<void> {
  const { units } = fixtures
  const strange = async (channel: ChannelUnderTest) =>
    Payload.toJson(await channel.signVoucher(units(4), intruder))
  await refuses(t, 'signer.claimed-in-descriptor', () =>
    onVoucher(
      fixtures,
      async (channel) => {
        const descriptor = { ...channel.descriptor, authorizedSigner: intruder.address }
        return channel.send({ ...(await strange(channel)), descriptor })
      },
      uncollectable,
    ),
  )
  await refuses(t, 'signer.claimed-in-source', () =>
    onVoucher(
      fixtures,
      async (channel) => channel.send(await strange(channel), { source: intruder.address }),
      uncollectable,
    ),
  )
}

/** Signs a voucher under a domain or a type that no session protocol has. */
async function signOddly(
  channel: ChannelUnderTest,
  cumulativeAmount: bigint,
  { version = '1', amountType = 'uint96' },
): Promise<`0x${string}`> {
  const { chainId, escrow } = channel.domain
  const separator = keccak256(
    words(
      keccakText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
      keccakText('TIP20 Channel Reserve'),
      keccakText(version),
      chainId,
      escrow,
    ),
  )
  const type = keccakText(`Voucher(bytes32 channelId,${amountType} cumulativeAmount)`)
  const struct = keccak256(words(type, channel.id, cumulativeAmount))
  const hash = keccak256(`0x1901${separator.slice(2)}${struct.slice(2)}`)
  return channel.payer.account.sign({ hash })
}

async function domains(t: T, fixtures: Fixtures): Promise<void> {
  const { units } = fixtures
  const oddly = (odd: { version?: string; amountType?: string }) =>
    onVoucher(
      fixtures,
      async (channel) => {
        const lawful = Payload.toJson(await channel.signVoucher(units(4)))
        return channel.send({ ...lawful, signature: await signOddly(channel, units(4), odd) })
      },
      uncollectable,
    )
  await refuses(t, 'signer.other-version', await oddly({ version: '2' }))
  await refuses(t, 'signer.other-width', await oddly({ amountType: 'uint128' }))
}

/** Texts in the place of a signature. */
async function forms(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units } = fixtures
  const written = (forms: Record<string, (lawful: string) => string>) =>
    Object.fromEntries(
      Object.entries(forms).map(([what, write]) => [
        what,
        async (channel: ChannelUnderTest) => {
          const { signature, ...rest } = Payload.toJson(await channel.signVoucher(units(4)))
          return channel.send(
            { ...rest, signature: write(signature as string) },
            { note: `signature: ${what}` },
          )
        },
      ]),
    )
  const keychain = (type: string) => (lawful: string) =>
    `0x${type}${payer.address.slice(2)}${lawful.slice(2)}`
  const wrapped = { 'keychain 0x03': keychain('03'), 'keychain 0x04': keychain('04') }
  await refusesVouchers(t, 'signer.keychain', fixtures, written(wrapped), uncollectable)
  const order = Signature.order.toString(16)
  const zero = '0'.repeat(64)
  const malformed = {
    'signer.length': {
      'no bytes': () => '0x',
      '63 bytes': (lawful: string) => lawful.slice(0, 128),
      '66 bytes': (lawful: string) => `${lawful}00`,
    },
    'signer.range': {
      'r is zero': (lawful: string) => `0x${zero}${lawful.slice(66)}`,
      's is zero': (lawful: string) => `${lawful.slice(0, 66)}${zero}${lawful.slice(130)}`,
      's is the order': (lawful: string) => `${lawful.slice(0, 66)}${order}${lawful.slice(130)}`,
    },
    'signer.parity': {
      'v is 29': (lawful: string) => `${lawful.slice(0, 130)}1d`,
      'v is the other one': (lawful: string) =>
        `${lawful.slice(0, 130)}${lawful.endsWith('1b') ? '1c' : '1b'}`,
    },
  } as const
  for (const [check, forms] of Object.entries(malformed))
    await refusesVouchers(t, check as keyof typeof malformed, fixtures, written(forms), uncollectable)
  await t.check('signer.unprefixed', () => unprefixed(fixtures))
}

/** Hex is written with 0x (SESS-ENC-001); who takes it without has the same bytes, so nothing is lost. */
async function unprefixed({ payer, units }: Fixtures): Promise<Finding> {
  const channel = await payer.open()
  const { signature, ...rest } = Payload.toJson(await channel.signVoucher(units(2)))
  const bare = { ...rest, signature: (signature as string).slice(2) }
  const answer = channel.took(await channel.send(bare, { note: 'signature: no prefix' }), units(2))
  await answer.text()
  if (answer.accepted) return broken('a refusal of hex without 0x', String(answer.status), { softly: true })
  const twin = await channel.voucher(units(2))
  await twin.text()
  if (!twin.accepted) throw new Blocked(`the lawful twin was refused too: ${twin.status}`)
  return holds
}

/** Other writings of a lawful signature: a server may refuse them (A3, A20), but what it takes it must redeem. */
async function redeemable({ payer, units }: Fixtures): Promise<Finding> {
  const writings = {
    'a 64-byte signature': (lawful: string) => Signature.encodeCompact(Signature.decode(lawful)),
    'a signature with v 0 or 1': (lawful: string) =>
      `${lawful.slice(0, 130)}0${lawful.endsWith('1b') ? 0 : 1}`,
  }
  let judged = 0
  for (const [what, write] of Object.entries(writings)) {
    const channel = await payer.open()
    const signed = Payload.toJson(await channel.signVoucher(units(2)))
    const payload = { ...signed, signature: write(signed.signature as string) }
    const taken = channel.took(await channel.send(payload, { note: what }), units(2))
    await taken.text()
    if (!taken.accepted) continue
    judged++
    await channel.streamToPause(units(2))
    const lawful = Payload.toJson(await channel.signClose(units(2)))
    const closing = await channel.send(
      { ...lawful, signature: payload.signature },
      { note: `closes with ${what}` },
    )
    await closing.text()
    const [captured] = await channel.backing.closings(channel.id)
    const found = equal(captured?.settledToPayee, units(2), `captured with ${what}`)
    if (found.found !== 'holds') return found
  }
  return judged > 0 ? holds : absent('other forms than 65 bytes with v 27 or 28 are refused')
}
