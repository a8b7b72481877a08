/**
 * Transactions that are none: nested without end, cut off, of lengths that lie. Whoever decodes them must not fall over,
 * and nothing of them may count.
 */
import type { Hex } from '../../../../../src/codec/hex.ts'
import { scenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { refusesEach } from '../verbs.ts'

export const transaction = scenario({
  id: 'mpp/server/transaction',
  title: 'What is no transaction opens and funds nothing, and no server falls over it',
  needs: ['stream'],
  checks: {
    'transaction.open': ['SESS-OPEN-002', 'CORE-PROB-010'],
    'transaction.top-up': ['SESS-TOPUP-004', 'CORE-PROB-010'],
  },
  faults: () => import('./transaction.faults.ts').then(({ faults }) => faults),

  async run(t, { payer, units }: Fixtures) {
    const prepared = await payer.prepareOpen()
    await refusesEach(
      t,
      'transaction.open',
      each(prepared.payload.transaction, (odd, note) =>
        payer.sendAltered(prepared, { transaction: odd }, { note }),
      ),
      {
        // Prepared anew: a slow server takes longer over the others than a transaction is good for.
        twin: async () => payer.send(await payer.prepareOpen()),
        position: payer.position,
        money: 'a channel without a deposit',
      },
    )
    const channel = await payer.open()
    const topUp = await channel.prepareTopUp(units(5))
    await refusesEach(
      t,
      'transaction.top-up',
      each(topUp.transaction, (odd, note) => channel.presentTopUp({ ...topUp, transaction: odd }, { note })),
      {
        twin: async () => channel.presentTopUp(await channel.prepareTopUp(units(5))),
        position: channel.position,
        money: 'vouchers are accepted that no deposit covers',
      },
    )
  },
})

/** Nested as deep as the field of a request has room for at most servers, and deeper. */
const depths = [1_200, 3_000]

/** The ways to be no transaction. */
function each<T>(signed: Hex, send: (transaction: Hex, note: string) => T): Record<string, () => T> {
  const odd: Record<string, Hex> = {
    ...Object.fromEntries(depths.map((depth) => [`${depth} lists in each other`, nested(depth)])),
    'a type and nothing': '0x76',
    'a list that is empty': '0x76c0',
    'another type': `0x7f${signed.slice(4)}`,
    'no type': `0x${signed.slice(4)}`,
    'cut off': signed.slice(0, -2) as Hex,
    'a byte too many': `${signed}00`,
    'a length past its end': '0x76f9ffff00',
    'a length of eight bytes': '0x76ffffffffffffffffff',
    'a length with a leading zero': '0x76f900010a',
  }
  return Object.fromEntries(Object.entries(odd).map(([what, hex]) => [what, () => send(hex, what)]))
}

/** Type 0x76 and so many RLP lists, each the only item of the one around it. */
function nested(depth: number): Hex {
  /** From the inside out; prefixes are short, so nothing is copied but them. */
  const prefixes: string[] = []
  let length = 0
  for (let i = 0; i < depth; i++) {
    const size = length.toString(16).padStart(length < 256 ? 2 : 4, '0')
    const prefix =
      length < 56 ? (0xc0 + length).toString(16) : `${(0xf7 + size.length / 2).toString(16)}${size}`
    prefixes.push(prefix)
    length += prefix.length / 2
  }
  return `0x76${prefixes.reverse().join('')}`
}
