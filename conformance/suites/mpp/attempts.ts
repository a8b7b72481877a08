/** Unlawful acts with the state they start from, what must not move, and the lawful twin. */
import { accountFromKey } from '../../../src/chain/accounts.ts'
import { keccakText } from '../../../src/codec/keccak.ts'
import type { Exchange } from '../../runner/http.ts'
import type { ChannelUnderTest } from './channel.ts'
import type { Attempt } from './judge.ts'
import type { OpenOptions, Payer, PreparedOpen } from './payer.ts'
import type { Fixtures } from './suite.ts'

/** Another key nobody gave money or authority to, where two strangers are needed. */
export const intruder = accountFromKey(keccakText('intruder'))

/** What is lost when a voucher that nobody can redeem is taken. */
export const uncollectable = 'the payee serves and can never collect'

const withMoney = (attempt: Omit<Attempt, 'money'>, money: string | undefined): Attempt =>
  money === undefined ? attempt : { ...attempt, money }

/** A channel with three units accepted, an act on it, and a lawful voucher for four as the twin. */
export async function onVoucher(
  { payer, units }: Pick<Fixtures, 'payer' | 'units'>,
  act: (channel: ChannelUnderTest) => Promise<Exchange>,
  money?: string,
): Promise<Attempt> {
  const channel = await payer.open()
  await (await channel.voucher(units(3))).text()
  return withMoney({ act: () => act(channel), twin: () => channel.voucher(units(4)), channel }, money)
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
  return withMoney({ act, twin: async () => payer.send(await payer.prepareOpen()), payer }, money)
}
