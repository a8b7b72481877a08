/**
 * The end of a run: the node is well, the server is started once more, and everybody gets the time to claim what is
 * theirs. Then nothing may be missing.
 */
import type { MemoryChain } from '../../../../src/chain/memory/chain.ts'
import { payee } from '../../../support/kit.ts'
import { mostCharged, must } from './books.ts'
import { type Actors, closing, onChainCall, report, restart, walk } from './perform.ts'
import { onChain, type Purse, unit } from './purse.ts'

/** Longer than a close may be under way without anybody knowing what became of it, in milliseconds. */
const closeWaitMs = 60_000
/** Longer than the grace period of either contract, in milliseconds. */
const graceMs = 960_000

/** Lets everybody claim, and judges. Every second payer goes to the chain alone, as if there were no server. */
export async function finish(actors: Actors): Promise<void> {
  const { world, wallet } = actors
  const { books } = world
  world.note('the end')
  world.node.heal()
  world.calm()
  await restart(actors, false)
  world.server.life.dieAfter(Number.POSITIVE_INFINITY)
  await retryPayments(actors)
  await presentOpens(actors)
  await walk(world, closeWaitMs)

  const open = await stillOpen(actors)
  const [alone, asking] = [open.filter((_, i) => i % 2 === 1), open.filter((_, i) => i % 2 === 0)]
  for (const purse of alone) await onChainCall(actors, purse, { type: 'requestClose' })
  for (const purse of asking) {
    wallet.forgetChallenges()
    let status = await closing(actors, purse)
    if (status !== 200) {
      await walk(world, closeWaitMs)
      status = await closing(actors, purse)
    }
  }
  await walk(world, graceMs)
  for (const purse of alone) await onChainCall(actors, purse, { type: 'withdraw' })
  await withdrawRest(actors)
  await judge(actors)
  books.conserve()
}

/** Payments that bought nothing yet are presented again, while they can be. */
async function retryPayments(actors: Actors): Promise<void> {
  const { world, wallet } = actors
  for (const payment of world.books.payments) {
    const before = wallet.sent.find((paid) => paid.payment === payment)
    if (payment.delivered > 0 || before === undefined) continue
    if (payment.until <= world.time.now + 1_000) payment.cut = true
    const { fail: _, ...paid } = before
    await report(actors, paid)
  }
}

/** Opens whose answer is not known are sent again: the deposit may be on chain, and nobody looks after it. */
async function presentOpens(actors: Actors): Promise<void> {
  const { world, wallet } = actors
  for (const purse of world.books.purses.filter(({ known }) => !known)) {
    const open = wallet.sent.find((paid) => paid.purse === purse && paid.action === 'open')
    if (open !== undefined) await report(actors, { ...open, method: 'HEAD' })
  }
}

async function stillOpen({ world }: Actors): Promise<Purse[]> {
  const open: Purse[] = []
  for (const purse of world.books.purses)
    if ((await onChain(world.direct, purse)).deposit > 0n) open.push(purse)
  return open
}

/** Channels the server does not know of: their payers take everything back. */
async function withdrawRest(actors: Actors): Promise<void> {
  const rest = await stillOpen(actors)
  if (rest.length === 0) return
  for (const purse of rest) await onChainCall(actors, purse, { type: 'requestClose' })
  await walk(actors.world, graceMs)
  for (const purse of rest) await onChainCall(actors, purse, { type: 'withdraw' })
}

async function judge({ world }: Actors): Promise<void> {
  const { books, chain, direct } = world
  let earned = 0n
  for (const purse of books.purses) {
    const { deposit, captured = 0n, refunded = 0n } = await onChain(direct, purse)
    const { name, delivered, deposit: most } = purse
    must(deposit === 0n, `${name} holds ${deposit} at the end`)
    const owed = unit * BigInt(delivered)
    must(
      captured >= owed,
      `${name}: ${delivered} units were delivered, and ${captured} of ${owed} was captured`,
    )
    const limit = mostCaptured(purse)
    must(
      captured <= limit,
      `${name}: ${captured} was captured, and at most ${limit} was owed (${delivered} units)`,
    )
    must(captured + refunded <= most, `${name} paid out ${captured + refunded} of ${most}`)
    earned += captured
  }
  for (const { hash, price, delivered, cut } of books.payments) {
    const paid = mined(chain, hash)
    must(delivered === 0 || paid, `content was given for a payment of ${price} that was never made: ${hash}`)
    must(!paid || delivered > 0 || cut, `a payment of ${price} bought nothing: ${hash}`)
    if (paid) earned += price
  }
  const gained = books.gained(payee.address)
  must(gained === earned, `the payee gained ${gained}, and its channels and payments came to ${earned}`)
}

const mined = (chain: MemoryChain, hash: `0x${string}`): boolean => chain.mined(hash)?.status === 'success'

/**
 * What the payee may take of a channel. A v1 close takes a whole voucher (spec/readings.md A5): the least that covers
 * what was charged, of those the server surely has.
 */
function mostCaptured(purse: Purse): bigint {
  const charged = unit * BigInt(mostCharged(purse))
  if (purse.domain.protocol === 'v2') return charged
  const highest = purse.signed > charged ? purse.signed : charged
  const covering = purse.taken.filter((amount) => amount >= charged)
  return covering.reduce((least, amount) => (amount < least ? amount : least), highest)
}
