/**
 * Tables of refusals: each member of what is sent × each action × each way of sending. For each action and method one
 * lawful credential is prepared. It is sent once for every row, with that one thing wrong and with everything signed
 * that the change touches; each must be refused and move nothing. Then it is sent as it is: where that is refused too, the
 * method or the action is not for this server, and its column shows nothing. A row needs one column that shows something.
 */
import { validitySeconds } from '../../../../src/chain/client.ts'
import type { JsonObject } from '../../../../src/codec/json.ts'
import type { Challenge } from '../../../../src/mpp/wire/challenge.ts'
import * as Payload from '../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { Cells } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { type Position, refusing } from '../../../kit/verbs.ts'
import { Blocked, broken, type Finding, holds, TargetError } from '../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../peers/mpp/payer/channel.ts'
import { StreamUnderTest } from '../../../peers/mpp/payer/stream.ts'
import { describe } from './answers.ts'
import type { Fixtures } from './fixtures.ts'
import { freshForMs } from './rehearsal.ts'

export const actions = ['open', 'voucher', 'topUp', 'close'] as const
export const methods = ['POST', 'HEAD', 'GET'] as const
export type Action = (typeof actions)[number]
export type Method = (typeof methods)[number]

/** A lawful credential that was not sent yet, and the channel it is about. */
export interface Prepared {
  action: Action
  channel: ChannelUnderTest
  payload: JsonObject
  /** What its voucher, or its top-up, is for, in base units. */
  amount: bigint
  /** Another channel's payload of the same action, where that is an open or a top-up. */
  other(): Promise<JsonObject>
}

/** What is wrong: members of the payload, undefined for none, or the echo of a fresh challenge. */
export interface Wrong {
  payload?: object
  challenge?: (issued: Challenge) => Challenge
}

/** One thing wrong, by what it is called. */
export type Wrongs = Readonly<Record<string, (prepared: Prepared) => Wrong | Promise<Wrong>>>

/** By check, then by action: what is tried, or why nothing is. */
export type Table<C extends string> = Readonly<Record<C, Readonly<Record<Action, Wrongs | string>>>>

/** The cells of a table, for `list coverage`. */
export const cellsOf = (table: Table<string>): Cells => ({
  rows: Object.keys(table),
  columns: actions.flatMap((action) => methods.map((method) => `${action} ${method}`)),
  cell(check, column) {
    const tried = table[check]?.[column.split(' ')[0] as Action] ?? 'no row'
    return typeof tried === 'string' ? { empty: tried } : { tries: Object.keys(tried) }
  },
})

interface Case<C> {
  check: C
  what: string
  wrong: Wrongs[string]
}

/** What a column found of a check. */
interface Found<C> {
  check: C
  finding: Finding | Blocked
}

/** What is answered later than this, in milliseconds, shows nothing: the chain may have refused a transaction for its age. */
const goodMs = 0.8 * validitySeconds * 1000
const dated: readonly Action[] = ['open', 'topUp']

/** Judges every check of a table, but those that are judged already. */
export async function refusesTable<C extends string>(
  t: Tester<C>,
  fixtures: Fixtures,
  table: Table<NoInfer<C>>,
  judged: readonly NoInfer<C>[] = [],
): Promise<void> {
  const checks = (Object.keys(table) as C[]).filter((check) => t.wants(check) && !judged.includes(check))
  const found: Found<C>[] = []
  for (const action of actions) {
    const cases = checks.flatMap((check) => {
      const wrongs = table[check][action]
      return typeof wrongs === 'string'
        ? []
        : Object.entries(wrongs).map(([what, wrong]) => ({ check, what, wrong }))
    })
    if (cases.length === 0) continue
    for (const method of methods) found.push(...(await column(fixtures, action, method, cases)))
  }
  for (const check of checks)
    await t.check(check, () => {
      const own = found.flatMap((each) => (each.check === check ? each.finding : []))
      const findings = own.flatMap((each) => (each instanceof Blocked ? [] : each))
      const worst =
        findings.find((each) => each.found === 'broken') ?? findings.find((each) => each.found === 'holds')
      if (worst !== undefined) return worst
      throw own.find((each) => each instanceof Blocked) ?? new Blocked('no lawful twin was accepted')
    })
}

async function column<C>(
  fixtures: Fixtures,
  action: Action,
  method: Method,
  cases: readonly Case<C>[],
): Promise<Found<C>[]> {
  const out: Found<C>[] = []
  const refused: Case<C>[] = []
  const where = `${action} by ${method}`
  let current = cases[0]
  try {
    const prepared = await prepare(fixtures, action)
    const watch = await prepared.position.watch()
    const ageMs = () => performance.now() - prepared.signedAtMs
    let last: Exchange | undefined
    let tried = 0
    for (const [i, each] of cases.entries()) {
      if (i > 0 && ageMs() > freshForMs) break
      current = each
      const wrong = await each.wrong(prepared)
      const { recorder } = fixtures.subject
      const answer = await refusing(recorder, () => prepared.send(method, wrong, `${where}: ${each.what}`))
      last = answer
      const text = describe(answer, await contentOf(answer, prepared.channel))
      if (answer.status >= 400) {
        if (dated.includes(action) && ageMs() > goodMs) {
          if (i === 0) throw new Blocked(`answered too late to show anything, to ${where}`)
          break
        }
        refused.push(each)
        tried++
        continue
      }
      const finding = broken('a refusal', `${text} to ${where} with ${each.what}`, {
        exchange: answer.number,
      })
      out.push({ check: each.check, finding })
      // What was taken has changed the state: the others are tried in another one.
      return [...out, ...(await column(fixtures, action, method, [...refused, ...cases.slice(i + 1)]))]
    }
    const moved = last === undefined ? undefined : await watch.moved(last)
    if (moved !== undefined && cases.length > 1) {
      const alone: Found<C>[] = []
      for (const each of cases) alone.push(...(await column(fixtures, action, method, [each])))
      return alone
    }
    if (moved !== undefined)
      return cases.map(({ check, what }) => ({
        check,
        finding: broken(moved.expected, `${moved.actual} after ${where} with ${what}`),
      }))
    const lawful = ageMs() > freshForMs ? await prepare(fixtures, action) : prepared
    const twin = await lawful.send(method, {}, `${where}, lawfully`)
    await contentOf(twin, lawful.channel)
    if (twin.accepted) out.push(...refused.map(({ check }) => ({ check, finding: holds })))
    const rest = cases.slice(tried)
    return rest.length > 0 ? [...out, ...(await column(fixtures, action, method, rest))] : out
  } catch (error) {
    if (error instanceof Blocked) return [...out, ...cases.map(({ check }) => ({ check, finding: error }))]
    if (!(error instanceof TargetError)) throw error
    // What was to be tried after it was not: that is for the same reason.
    const rest = cases.filter((each) => each !== current)
    const blocked = new Blocked(`${error.message}, to ${where}`)
    const finding = broken('an answer', blocked.message)
    return [
      ...out,
      ...(current === undefined ? [] : [{ check: current.check, finding }]),
      ...rest.map(({ check }) => ({ check, finding: blocked })),
    ]
  }
}

interface Ready extends Prepared {
  position: Position<Exchange>
  /** When the payload was signed, or before. */
  signedAtMs: number
  send(method: Method, wrong: Wrong, note: string): Promise<Exchange>
}

/** Brings a channel, or a payer, into the state in which the action is lawful. */
async function prepare({ payer, units }: Fixtures, action: Action): Promise<Ready> {
  const { subject } = payer
  const options = async (method: Method, { challenge }: Wrong, note: string) => ({
    method,
    note,
    ...(challenge === undefined ? {} : { challenge: challenge(await subject.challenge()) }),
  })
  if (action === 'open') {
    const signedAtMs = performance.now()
    const prepared = await payer.prepareOpen()
    return {
      action,
      channel: prepared.channel,
      payload: Payload.toJson(prepared.payload) as JsonObject,
      amount: prepared.payload.cumulativeAmount,
      other: async () => Payload.toJson((await payer.prepareOpen()).payload) as JsonObject,
      position: payer.position,
      signedAtMs,
      send: async (method, wrong, note) =>
        payer.sendAltered(prepared, wrong.payload ?? {}, await options(method, wrong, note)),
    }
  }
  const channel = await payer.open()
  // Opened before anything is watched, and only where a row asks for its transaction.
  const another = action === 'topUp' ? await payer.open() : channel
  // What is accepted; nothing is spent, and a v1 close pays what is signed (spec/readings.md A5).
  const closing = payer.protocol === 'v1' ? 0n : units(1)
  const amount = action === 'topUp' ? units(10) : action === 'close' ? closing : units(4)
  const lawful = async (of: ChannelUnderTest): Promise<JsonObject> => {
    if (action === 'topUp') return Payload.toJson(await of.prepareTopUp(amount)) as JsonObject
    const signed = action === 'close' ? await of.signClose(amount) : await of.signVoucher(amount)
    return Payload.toJson(signed) as JsonObject
  }
  const signedAtMs = performance.now()
  const payload = await lawful(channel)
  return {
    action,
    channel,
    payload,
    amount,
    other: () => lawful(another),
    position: channel.position,
    signedAtMs,
    async send(method, wrong, note) {
      const sent = { ...payload, ...wrong.payload }
      const how = await options(method, wrong, note)
      if (action !== 'topUp') return channel.present(sent, amount, how, action)
      const answer = await channel.send(sent, how)
      if (answer.accepted) {
        channel.record({ is: 'topped-up', by: amount })
        channel.heard(answer)
      }
      return answer
    },
  }
}

/** The body; a stream is read to its pause and cut off, so that its units are counted. */
async function contentOf(answer: Exchange, channel: ChannelUnderTest): Promise<string> {
  if (!answer.isEventStream) return answer.text()
  const stream = new StreamUnderTest(answer, channel)
  if (stream.isEventStream) await stream.untilPause()
  stream.abort()
  return ''
}
