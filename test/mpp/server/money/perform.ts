/** Acts done: what each means in the world of the moment. */

import { RpcError } from '../../../../src/chain/rpc.ts'
import type { Hex } from '../../../../src/codec/hex.ts'
import { pathUsd } from '../../../../src/contracts/token.ts'
import { devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import * as Payload from '../../../../src/mpp/wire/payload.ts'
import type { Act } from './act.ts'
import { charge, retry } from './charges.ts'
import { ConnectionLost } from './life.ts'
import { callsOf, type Purse, signOpen, unit } from './purse.ts'
import type { Paid, Wallet } from './wallet.ts'
import type { World } from './world.ts'

export interface Actors {
  world: World
  wallet: Wallet
}

const payers = devAccounts.slice(1, 4)
const stranger = devAccounts[5] as KeyAccount
/** Time from one act to the next, in milliseconds. */
const paceMs = 200
/** A walk through a long time: at each step the server does what is due. */
const strideMs = 15_000

/** Does one act; answers whether there was anything to do. */
export async function perform(actors: Actors, act: Act): Promise<boolean> {
  const { world } = actors
  world.note(JSON.stringify(act))
  const done = await once(actors, act)
  await world.revive()
  await world.pass(paceMs)
  return done
}

function once(actors: Actors, act: Act): Promise<boolean> {
  if ('fault' in act && typeof act.fault === 'object') actors.world.node.fail({ ...act.fault })
  return (doing[act.do] as (actors: Actors, act: Act) => Promise<boolean>)(actors, act)
}

type Doing = { [Name in Act['do']]: (actors: Actors, act: Extract<Act, { do: Name }>) => Promise<boolean> }

const doing: Doing = {
  async open(actors, { payer, protocol, units, first, method, own, cut }) {
    const { world, wallet } = actors
    const path = `/${protocol}/page`
    const challenge = await wallet.challenge(path)
    if (challenge === undefined) return false
    const { direct, books } = world
    const name = `channel ${books.purses.length}`
    const account = payers[payer % payers.length] as KeyAccount
    const deposit = unit * BigInt(units)
    const opening = await unlessRefused(signOpen(direct, account, { protocol, deposit, name }))
    if (opening === undefined) return false
    const { purse, raw } = opening
    books.purses.push(purse)
    if (own) await onChainSend(actors, raw)
    const amount = unit * BigInt(Math.min(first, units))
    const described = protocol === 'v1' ? {} : { descriptor: purse.descriptor }
    const payload: Payload.Open = {
      action: 'open',
      type: 'transaction',
      ...described,
      ...(await wallet.sign(purse, amount)),
      transaction: raw,
    }
    const authorization = wallet.authorize(challenge, Payload.toJson(payload))
    await report(
      actors,
      { path, method, authorization, challenge: challenge.id, purse, action: 'open', amount },
      cut,
    )
    return true
  },
  async stream(actors, { channel, ahead, units, pays, leaves }) {
    const purse = purseAt(actors, channel)
    if (purse === undefined) return false
    const paid = await actors.wallet.voucher(purse, streamOf(purse), amountFor(purse, ahead))
    if (paid === undefined) return true
    await report(actors, paid)
    await actors.wallet.read(purse, units, pays)
    if (leaves) await actors.wallet.cut(purse)
    return true
  },
  async read({ world, wallet }, { channel, units, pays }) {
    const open = world.books.purses.filter(({ stream }) => stream !== undefined)
    const purse = open[open.length - 1 - (channel % Math.max(open.length, 1))]
    if (purse === undefined) return false
    await wallet.read(purse, units, pays)
    return true
  },
  async voucher(actors, { channel, ahead, beyond }) {
    const purse = purseAt(actors, channel)
    if (purse === undefined) return false
    await reportIf(
      actors,
      await actors.wallet.voucher(purse, streamOf(purse), amountFor(purse, ahead, beyond), {
        method: 'HEAD',
      }),
    )
    return true
  },
  async page(actors, { channel, path, ahead, key, fail, post, cut, beyond }) {
    const purse = purseAt(actors, channel)
    if (purse === undefined) return false
    const options: Partial<Paid> = {
      ...(key === undefined ? {} : { key: `key-${key}` }),
      ...(fail === undefined ? {} : { fail }),
      ...(post ? { method: 'POST', body: 'a question' } : {}),
    }
    const paid = await actors.wallet.voucher(
      purse,
      pathOf(purse, path),
      amountFor(purse, ahead, beyond),
      options,
    )
    await reportIf(actors, paid, cut)
    return true
  },
  async parallel(actors, { channel, path, ahead, count, key }) {
    const purse = purseAt(actors, channel)
    if (purse === undefined) return false
    const options = key === undefined ? {} : { key: `key-${key}` }
    const paid = await actors.wallet.voucher(purse, pathOf(purse, path), amountFor(purse, ahead), options)
    if (paid !== undefined) await Promise.all(Array.from({ length: count }, () => report(actors, paid)))
    return true
  },
  async topUp(actors, { channel, units, cut }) {
    const purse = purseAt(actors, channel)
    if (purse === undefined) return false
    const { world, wallet } = actors
    const path = streamOf(purse)
    const challenge = await wallet.challenge(path)
    if (challenge === undefined) return true
    const additionalDeposit = unit * BigInt(units)
    const raw = await signCall(actors, purse, { type: 'topUp', additionalDeposit })
    if (raw === undefined) return false
    // It may be mined whatever is answered.
    purse.deposit += additionalDeposit
    const described = purse.domain.protocol === 'v1' ? {} : { descriptor: purse.descriptor }
    const payload: Payload.TopUp = {
      action: 'topUp',
      type: 'transaction',
      channelId: purse.id,
      ...described,
      transaction: raw,
      additionalDeposit,
    }
    const authorization = wallet.authorize(challenge, Payload.toJson(payload))
    world.note(`  tops ${purse.name} up by ${additionalDeposit}`)
    await report(
      actors,
      { path, method: 'POST', authorization, challenge: challenge.id, purse, action: 'topUp' },
      cut,
    )
    return true
  },
  async close(actors, { channel, cut }) {
    const purse = purseAt(actors, channel)
    if (purse === undefined) return false
    await closing(actors, purse, cut)
    return true
  },
  charge: (actors, act) => charge(actors, payers[act.payer % payers.length] as KeyAccount, act),
  retry: (actors, act) => retry(actors, act),
  async replay(actors, { sent, method, path, key, cut }) {
    const { wallet } = actors
    const before = wallet.sent[wallet.sent.length - 1 - (sent % Math.max(wallet.sent.length, 1))]
    if (before === undefined) return false
    const { purse } = before
    const { fail: _, body: __, ...kept } = before
    const again: Paid = {
      ...kept,
      ...(method === undefined ? {} : { method }),
      ...(path === undefined || purse === undefined ? {} : { path: pathOf(purse, path) }),
      ...(key === undefined ? {} : { key: `key-${key}` }),
      ...(method === 'POST' ? { body: 'a question' } : {}),
    }
    // Nobody waits for a stream that is recorded under a key while it still runs.
    if (purse !== undefined && again.key !== undefined && again.path.endsWith('/stream')) delete again.key
    await report(actors, again, cut)
    return true
  },
  async forge(actors, { channel, ahead, action }) {
    const purse = purseAt(actors, channel)
    if (purse === undefined) return false
    const amount = usable(purse) + unit * BigInt(ahead)
    const options = { method: action === 'close' ? 'POST' : 'HEAD', action, by: stranger }
    const paid = await actors.wallet.voucher(purse, streamOf(purse), amount, options)
    await reportIf(actors, paid)
    return true
  },
  async junk({ world }, { field }) {
    await world.send('/v2/page', { headers: { authorization: field } })
    return true
  },
  async requestClose(actors, { channel }) {
    const purse = purseAt(actors, channel)
    return purse !== undefined && onChainCall(actors, purse, { type: 'requestClose' })
  },
  async withdraw(actors, { channel }) {
    const purse = purseAt(actors, channel)
    return purse !== undefined && onChainCall(actors, purse, { type: 'withdraw' })
  },
  async chainTopUp(actors, { channel, units }) {
    const purse = purseAt(actors, channel)
    if (purse === undefined) return false
    const additionalDeposit = unit * BigInt(units)
    // It may be mined later, whatever is known now.
    purse.deposit += additionalDeposit
    return onChainCall(actors, purse, { type: 'topUp', additionalDeposit })
  },
  async restart(actors, { drains }) {
    await restart(actors, drains)
    return true
  },
  async crash({ world }, { steps }) {
    world.server.life.dieAfter(steps)
    return true
  },
  async node({ world }, fault) {
    world.node.fail({ ...fault })
    return true
  },
  async heal({ world }) {
    world.node.heal()
    return true
  },
  async disk({ world }, { times }) {
    world.server.life.failingWrites = times
    return true
  },
  async outage({ world }, { of, seconds }) {
    return world.outage(of, seconds * 1000)
  },
  async wait({ world }, { seconds, jumps }) {
    if (jumps) world.time.now += seconds * 1000
    else await walk(world, seconds * 1000)
    return true
  },
  async together(actors, { acts }) {
    const done = await Promise.all(acts.map((act) => once(actors, act)))
    return done.some((one) => one)
  },
}

/** Time passes, step by step. */
export async function walk(world: World, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= strideMs) await world.pass(Math.min(left, strideMs))
}

/** The server ends in order and is started again; streams are read to their end, or left. */
export async function restart({ world, wallet }: Actors, drains: boolean): Promise<void> {
  const { books, server } = world
  const streaming = books.purses.filter(({ stream }) => stream !== undefined)
  if (!drains) for (const purse of streaming) await wallet.cut(purse)
  const stopped = world.until(server.stop()).catch((error: unknown) => {
    if (!(error instanceof ConnectionLost)) world.note(`  the end failed: ${String(error)}`)
  })
  await Promise.all([stopped, ...(drains ? streaming.map((purse) => wallet.end(purse)) : [])])
  server.life.die()
  await world.revive()
}

/** The payer asks for the close of its channel. */
export async function closing(actors: Actors, purse: Purse, cut?: boolean): Promise<number> {
  const signed = usable(purse)
  const amount = signed > purse.claimed.spent ? signed : purse.claimed.spent
  const paid = await actors.wallet.voucher(purse, streamOf(purse), amount, {
    method: 'POST',
    action: 'close',
  })
  return paid === undefined ? 0 : report(actors, paid, cut)
}

/** Sends a request; answers its status. */
export async function report({ world, wallet }: Actors, paid: Paid, cut = false): Promise<number> {
  const { status, lost } = await wallet.ask(paid, { cut })
  const who = paid.purse?.name ?? paid.payment?.hash ?? 'nobody'
  world.note(`  ${paid.action} of ${who} by ${paid.method} ${paid.path}: ${lost ? 'lost' : status}`)
  return lost ? 0 : status
}

const reportIf = async (actors: Actors, paid: Paid | undefined, cut?: boolean): Promise<number> =>
  paid === undefined ? 0 : report(actors, paid, cut)

/** From this place on an act may also mean a channel that is over. */
const farBack = 20

/** A channel by its place from the newest. */
function purseAt({ world }: Actors, channel: number): Purse | undefined {
  const { purses } = world.books
  const going = purses.filter(({ over }) => !over)
  const among = channel < farBack && going.length > 0 ? going : purses
  return among[among.length - 1 - (channel % Math.max(among.length, 1))]
}

export const streamOf = (purse: Purse): string => pathOf(purse, 'stream')
const pathOf = ({ domain }: Purse, name: string): string => `/${domain.protocol}/${name}`

/**
 * A total that pays for `ahead` units more than were received; never less than was signed. More than there is only
 * if it is to go `beyond`.
 */
function amountFor(purse: Purse, ahead: number, beyond = false): bigint {
  const { delivered, claimed, deposit } = purse
  if (beyond) return deposit + unit * BigInt(ahead + 1)
  const received = unit * BigInt(delivered)
  const spent = claimed.spent > received ? claimed.spent : received
  const amount = spent + unit * BigInt(ahead)
  const capped = amount < deposit ? amount : deposit
  const signed = usable(purse)
  return capped > signed ? capped : signed
}

/** The highest amount signed that the deposit holds. */
const usable = ({ vouchers, deposit }: Purse): bigint =>
  vouchers.reduce((most, amount) => (amount > most && amount <= deposit ? amount : most), 0n)

/** Signs calls of the payer's own; undefined for what would revert. */
export async function signed(
  { world: { direct } }: Actors,
  payer: KeyAccount,
  calls: ReturnType<typeof callsOf>,
): Promise<Hex | undefined> {
  return (await unlessRefused(direct.sign(payer, calls, { feeToken: pathUsd })))?.raw
}

const signCall = async (
  actors: Actors,
  purse: Purse,
  call: Parameters<typeof callsOf>[2],
): Promise<Hex | undefined> => signed(actors, purse.payer, callsOf(actors.world.direct, purse, call))

/** The payer calls the contract itself; answers whether that succeeded. */
export async function onChainCall(
  actors: Actors,
  purse: Purse,
  call: Parameters<typeof callsOf>[2],
): Promise<boolean> {
  const raw = await signCall(actors, purse, call)
  const done = raw !== undefined && (await onChainSend(actors, raw))
  actors.world.note(`  ${call.type} of ${purse.name}: ${done ? 'done' : 'not done'}`)
  return done
}

/** Sends a transaction of the payer's own; answers whether it was mined in time, and did not revert. */
export async function onChainSend({ world }: Actors, raw: Hex): Promise<boolean> {
  const receipt = await unlessRefused(world.outside(world.direct.broadcast(raw)))
  return receipt?.success === true
}

async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}
