/**
 * The two verbs of this suite. `pays`: with an honest payee the client gets everything and pays exactly that. `declines`:
 * with an altered payee it signs nothing that it should not; what the payee can take it takes, and that is held against
 * what it delivered. The honest twin must be paid in the same conditions, else nothing was shown.
 */
import * as Uint from '../../../../src/codec/uint.ts'
import { leftBehind } from '../../../harness/signalled.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, Blocked, broken, type Finding, holds } from '../../../kit/verdict.ts'
import type { Shop, Visit } from '../../../peers/mpp/payee/shop/shop.ts'
import type { Takings } from '../../../peers/mpp/payee/shop/takings.ts'
import type { Fixtures, Opening } from './fixtures.ts'
import { softly } from './looks.ts'

const tokens = (amount: bigint): string => Uint.toDecimal(amount)

/** Why a client is not served in full, or not paid for exactly; undefined when all is well. */
export async function shortcoming(shop: Shop, units = shop.setting.units ?? 8): Promise<string | undefined> {
  const ends = shop.visits.map(endOf).join('; ')
  const got = shop.seen.reduce((sum, seen) => sum + seen.units.length, 0)
  const { taken, delivered } = await shop.take()
  const price = shop.units(units)
  if (delivered !== price) return `${got} of ${units} units were delivered; ${ends}`
  if (taken < delivered) return `${tokens(taken)} can be taken for ${tokens(delivered)} delivered; ${ends}`
  return taken - delivered > shop.price
    ? `${tokens(taken)} was paid for ${tokens(delivered)}; ${ends}`
    : undefined
}

/** How a run of the client ended. */
export function endOf({ ran, flooded }: Visit): string {
  const { code, stopped, stubborn, strays, unreachable, stderr } = ran
  const by = stubborn ? ', and SIGTERM did not end it' : ''
  const others = unreachable.length === 0 ? '' : `; ${leftBehind(unreachable)}`
  const own = strays === 0 ? '' : `; ${strays} ${strays === 1 ? 'process' : 'processes'} left behind`
  const left = `${own}${others}`
  if (flooded) return `the client was stopped: it asked again and again${left}`
  if (stopped === 'late') return `the client was stopped: it did not end${by}${left}`
  if (stopped === 'loud') return `the client was stopped: it printed too much${by}${left}`
  const said = stderr.trim().split('\n').at(-1) ?? ''
  return `the client ended with ${code ?? 'a signal'}${left}${said === '' ? '' : `: ${said.slice(0, 200)}`}`
}

/** Whether the client ended by itself: a warning where it did not (SESS-CLI-004), for money is judged apart. */
export function ended({ visits }: Pick<Shop, 'visits'>): Finding {
  const visit = visits.find(({ ran, flooded }) => flooded || ran.stopped !== undefined)
  return visit === undefined ? holds : softly(broken('a client that ends', endOf(visit)))
}

/** Whether a client was at a shop and sent no payment at all: it does not pay what is asked for there. */
const declined = ({ seen, visits }: Shop): boolean =>
  visits.length > 0 && seen.length > 0 && seen.every(({ credential }) => credential === undefined)

/**
 * Judges an honest sale: everything arrives, and exactly that is paid. Runs the client if it has not visited the shop
 * yet. `declining`: why the client may decline, where it may; then nothing is judged.
 */
export const pays = <C extends string>(
  t: Tester<C>,
  check: NoInfer<C>,
  shop: Shop,
  { units, declining }: { units?: number; declining?: string } = {},
): Promise<void> =>
  t.check(check, async () => {
    if (shop.visits.length === 0) await shop.visit()
    if (declining !== undefined && declined(shop)) return absent(declining)
    const short = await shortcoming(shop, units)
    return short === undefined ? holds : broken('every unit, paid for exactly', short)
  })

/** What an altered payee may be given. */
export interface Declining extends Opening {
  /** Most that may be lost to it, in base units; default nothing. */
  mostLoss?: bigint | ((shop: Shop) => bigint)
  /** Nothing may be signed for it at all; default, where nothing may be lost. */
  signsNothing?: boolean
  /** What is done with the client; default one visit. */
  run?: (shop: Shop) => Promise<unknown>
  /** Judges more: what is wrong, if anything is. */
  also?: (shop: Shop) => Finding | undefined | Promise<Finding | undefined>
  /** The lawful sale that must succeed in the same conditions; default the same without the alteration. */
  twin?: Opening
  /** Units that the twin is paid for, where it is no usual stream. */
  twinUnits?: number
}

/** Judges what a client gives an altered payee. */
export const declines = <C extends string>(
  t: Tester<C>,
  check: NoInfer<C>,
  { open, twin, lost }: Fixtures,
  declining: Declining,
): Promise<void> =>
  t.check(check, async () => {
    const {
      mostLoss = 0n,
      signsNothing = mostLoss === 0n,
      run = (visited: Shop) => visited.visit(),
      also,
      twin: like,
      twinUnits,
      ...opening
    } = declining
    const shop = await open({ greedy: true, ...opening })
    await run(shop)
    const takings = await shop.take()
    lost(takings.loss)
    const most = typeof mostLoss === 'bigint' ? mostLoss : mostLoss(shop)
    t.recorder.note(`the most that is lost: ${tokens(takings.loss)}, allowed ${tokens(most)}`)
    const finding = given(shop, takings, { most, signsNothing }) ?? (await also?.(shop))
    if (finding !== undefined && finding.found !== 'holds') return finding
    const honest = await twin(like ?? opening)
    const short = await shortcoming(honest, twinUnits)
    if (short !== undefined) throw new Blocked(`the honest twin was not paid either: ${short}`)
    return holds
  })

/** What was given that should not have been. */
function given(
  shop: Shop,
  { loss, taken, delivered, deposits }: Takings,
  { most, signsNothing }: { most: bigint; signsNothing: boolean },
): Finding | undefined {
  const money = `${tokens(taken)} was taken for ${tokens(delivered)} delivered: ${tokens(loss)} lost`
  if (loss > most) return broken(`at most ${tokens(most)} lost`, money, { money })
  const signed = shop.seen.filter(({ credential }) => credential !== undefined)
  if (!signsNothing || signed.length === 0) return undefined
  const acts = signed.map(({ credential }) => String(credential?.raw['action'])).join(', ')
  return broken('nothing signed', `sent ${acts}; deposits of ${tokens(deposits)} signed`, { money })
}
