/** Unlawful acts with the state they start from, what must not move, and the lawful twin. */
import type { Exchange } from '../../../harness/http.ts'
import type { Tester } from '../../../kit/tester.ts'
import type { ChannelUnderTest } from '../../../peers/mpp/payer/channel.ts'
import type { OpenOptions, Payer, PreparedOpen } from '../../../peers/mpp/payer/payer.ts'
import type { Fixtures } from './fixtures.ts'
import { type Attempt, refusesEach } from './verbs.ts'

/** The loss when a server accepts a voucher that cannot be claimed on chain. */
export const uncollectable = 'the payee serves and can never collect'

/** Why a check of descriptors is skipped. */
export const noDescriptor = 'a v1 payload has no descriptor, and a v1 channel no operator'

const withMoney = <A extends object>(attempt: A, money: string | undefined): A & { money?: string } =>
  money === undefined ? attempt : { ...attempt, money }

/** A channel with three units accepted, and a lawful voucher for four as the twin of acts on it. */
async function atThree({ payer, units }: Pick<Fixtures, 'payer' | 'units'>) {
  const channel = await payer.open()
  await (await channel.voucher(units(3))).text()
  return { channel, start: { twin: () => channel.voucher(units(4)), position: channel.position } }
}

/** An act on a channel with three units accepted. */
export async function onVoucher(
  fixtures: Pick<Fixtures, 'payer' | 'units'>,
  act: (channel: ChannelUnderTest) => Promise<Exchange>,
  money?: string,
): Promise<Attempt> {
  const { channel, start } = await atThree(fixtures)
  return withMoney({ ...start, act: () => act(channel) }, money)
}

/** Acts on one channel before another is opened: a channel takes about ten vouchers a second (SESS-DOS-001). */
const actsPerChannel = 3

/** As `refusesEach` after `onVoucher`, for acts by name; each channel serves a few of them. */
export async function refusesVouchers<C extends string>(
  t: Tester<C>,
  check: NoInfer<C>,
  fixtures: Pick<Fixtures, 'payer' | 'units'>,
  acts: Readonly<Record<string, (channel: ChannelUnderTest) => Promise<Exchange>>>,
  money?: string,
): Promise<void> {
  const all = Object.entries(acts)
  for (let i = 0; i < all.length; i += actsPerChannel) {
    const { channel, start } = await atThree(fixtures)
    const some = all.slice(i, i + actsPerChannel).map(([name, act]) => [name, () => act(channel)] as const)
    await refusesEach(t, check, Object.fromEntries(some), withMoney(start, money))
  }
}

/** An open that deviates, in its transaction or in its payload, and a lawful one as the twin. */
export function onOpen(
  payer: Payer,
  options: OpenOptions,
  change: (open: PreparedOpen) => object | Promise<object> = () => ({}),
  money?: string,
): Attempt {
  const act = async () => {
    const bad = await payer.prepareOpen(options)
    return payer.sendAltered(bad, await change(bad))
  }
  return withMoney(
    { act, twin: async () => payer.send(await payer.prepareOpen()), position: payer.position },
    money,
  )
}
