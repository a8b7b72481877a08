/** One-off payments of a run: signed once, sent, and sent again until there is content for them. */

import { encodeTransfer } from '../../../../src/chain/transfers.ts'
import * as Timestamp from '../../../../src/codec/timestamp.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccak256 } from '../../../../src/keys/keccak.ts'
import * as TempoCharge from '../../../../src/mpp/wire/tempo-charge.ts'
import type { Act } from './act.ts'
import type { Payment } from './books.ts'
import { type Actors, onChainSend, report, signed } from './perform.ts'
import type { Paid } from './wallet.ts'

/** Pays for a page, by handing a transfer over or by sending it oneself. */
export async function charge(
  actors: Actors,
  payer: KeyAccount,
  { path: name, pushes, fail, cut }: Extract<Act, { do: 'charge' }>,
): Promise<boolean> {
  const { world, wallet } = actors
  const path = `/${name}`
  const challenge = await wallet.challenge(path, true)
  if (challenge === undefined) return false
  const request = TempoCharge.decode(challenge.request)
  const calls = TempoCharge.transfersOf(request).map((transfer) => encodeTransfer(request.currency, transfer))
  const raw = await signed(actors, payer, calls)
  if (raw === undefined) return false
  const pushed = pushes && name === 'push'
  if (pushed) await onChainSend(actors, raw)
  const hash = keccak256(raw)
  const payload = pushed ? { type: 'hash', hash } : { type: 'transaction', signature: raw }
  const authorization = wallet.authorize(challenge, payload)
  const payment: Payment = {
    payer,
    price: request.amount,
    hash,
    path,
    authorization,
    until: challenge.expires === undefined ? Number.POSITIVE_INFINITY : Timestamp.decode(challenge.expires),
    delivered: 0,
    cut: false,
  }
  world.books.payments.push(payment)
  const paid: Paid = {
    path,
    method: 'GET',
    authorization,
    challenge: challenge.id,
    payment,
    action: 'charge',
    ...(fail === undefined ? {} : { fail }),
  }
  await report(actors, paid, cut)
  return true
}

/** Asks once more for what a payment is to buy. */
export async function retry(
  actors: Actors,
  { payment: index, fail, cut }: Extract<Act, { do: 'retry' }>,
): Promise<boolean> {
  const { payments } = actors.world.books
  const payment = payments[payments.length - 1 - (index % Math.max(payments.length, 1))]
  const before = actors.wallet.sent.find((paid) => paid.payment === payment)
  if (payment === undefined || before === undefined) return false
  const { fail: _, ...paid } = before
  await report(actors, { ...paid, ...(fail === undefined ? {} : { fail }) }, cut)
  return true
}
