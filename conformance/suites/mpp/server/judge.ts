/**
 * The two verbs nearly every check is made of.
 *
 * `accepts`: this lawful act succeeds. `refuses`: this unlawful act fails, the books and the chain stay as they
 * were, nothing was sent to the chain, the honest client is still served, and the lawful twin of the act succeeds in
 * the same state; when the twin fails too, nothing was shown and the check is blocked.
 */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import type { Bytes32 } from '../../../../src/codec/hex.ts'
import type { Challenge } from '../../../../src/mpp/wire/challenge.ts'
import * as Problem from '../../../../src/mpp/wire/problem.ts'
import type { Exchange } from '../../../harness/http.ts'
import type { Tester } from '../../../kit/tester.ts'
import { absent, Blocked, broken, type Finding, holds, holdsIf } from '../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../peers/mpp/payer/channel.ts'
import type { Payer } from '../../../peers/mpp/payer/payer.ts'
import { sessionChallenge } from '../../../peers/mpp/payer/subject.ts'

/** A lawful act: answered 2xx. */
export function accepts<C extends string>(
  t: Tester<C>,
  check: C,
  act: () => Promise<Exchange>,
): Promise<void> {
  return t.check(check, async () => {
    const answer = await act()
    const body = await answer.text()
    return holdsIf(answer.accepted, '2xx', describe(answer, body))
  })
}

export interface Attempt {
  /** The unlawful act. */
  act: () => Promise<Exchange>
  /** The same act done lawfully, afterwards; left out where one lawful act proves several attempts (rehearsal.ts). */
  twin?: () => Promise<Exchange>
  /** The channel whose books must not move. */
  channel?: ChannelUnderTest
  /** The payer whose balance must not move: for opens, where there is no channel yet. */
  payer?: Payer
  /** Who loses what if the act is accepted. */
  money?: string
}

/** Judges an unlawful act by what it changed. */
export function refuses<C extends string>(t: Tester<C>, check: C, attempt: Attempt): Promise<void> {
  return t.check(check, async () => (await attempted(attempt)).finding)
}

/** As `refuses`, and judges the label of the refusal apart: the problem types of spec/readings.md, section B. */
export async function refusesAs<C extends string>(
  t: Tester<C>,
  check: C,
  label: C,
  accepted: readonly Problem.ProblemSlug[],
  attempt: Attempt,
): Promise<void> {
  let answered: { answer: Exchange; body: string } | undefined
  await t.check(check, async () => {
    const result = await attempted(attempt)
    answered = result
    return result.finding
  })
  await t.check(label, () => {
    if (answered === undefined) throw new Blocked('the act was not answered')
    return judgeLabel(answered.answer, answered.body, accepted)
  })
}

/**
 * As `refuses`, for several unlawful acts of one kind: each must be refused and move nothing; the lawful twin
 * succeeds after all of them. The name of an act that was not refused is told.
 */
export function refusesEach<C extends string>(
  t: Tester<C>,
  check: C,
  acts: Readonly<Record<string, () => Promise<Exchange>>>,
  attempt: Omit<Attempt, 'act'>,
): Promise<void> {
  return t.check(check, async () => {
    let before: Position | undefined
    for (const [what, act] of Object.entries(acts)) {
      const { finding, after } = await unmoved({ ...attempt, act }, before)
      before = after
      if (finding.found === 'broken') return { ...finding, actual: `${what}: ${finding.actual}` }
    }
    await proven(attempt.twin)
    return holds
  })
}

async function attempted(attempt: Attempt): Promise<Answered> {
  const result = await unmoved(attempt)
  if (result.finding.found === 'holds') await proven(attempt.twin)
  return result
}

interface Answered {
  finding: Finding
  answer: Exchange
  body: string
  /** Where everything stood after it was refused. */
  after?: Position
}

/** Does the unlawful act: whether it was refused, and nothing moved. */
async function unmoved({ channel, payer, money, act }: Attempt, known?: Position): Promise<Answered> {
  const before = known ?? (await position(channel, payer))
  const sent = channel?.payer.subject.options.node?.broadcasts.length ?? 0
  const answer = await act()
  const body = await contentOf(answer)
  const more = money === undefined ? {} : { money }
  const said = describe(answer, body)
  const result = (finding: Finding) => ({ finding, answer, body })
  if (answer.accepted) return result(broken('a refusal', said, more))
  if (answer.status < 400) return result(broken('a refusal', said))
  const after = await position(channel, payer, sessionChallenge(answer))
  const moved = (Object.keys(before) as (keyof Position)[]).filter(
    (name) => before[name] !== after[name] && !(name === 'settled' && isSettlement(before, after)),
  )
  const reverted = channel === undefined ? undefined : await revertedSince(channel, sent)
  if (reverted !== undefined)
    return result(
      broken('nothing sent to the chain', `${reverted} was sent and reverted, after ${said}`, more),
    )
  if (moved.length === 0) return { ...result(holds), after }
  const figures = (at: Position) => moved.map((name) => `${name} ${at[name]}`).join(', ')
  return result(broken(`${figures(before)} after the refusal`, `${figures(after)} after ${said}`, more))
}

/** The payee may settle what it holds whenever it likes (spec/readings.md A4); that is nothing the act moved. */
const isSettlement = ({ accepted = 0n, settled = 0n }: Position, after: Position): boolean =>
  after.settled !== undefined && after.settled > settled && after.settled <= accepted

/** Does the lawful twin; when that is refused too, the refusal before it showed nothing. */
async function proven(twin: (() => Promise<Exchange>) | undefined): Promise<void> {
  if (twin === undefined) return
  const answer = await twin()
  const body = await contentOf(answer)
  if (!answer.accepted) throw new Blocked(`the lawful twin was refused too: ${describe(answer, body)}`)
}

/** What must not move when something is refused. */
interface Position {
  accepted?: bigint
  spent?: bigint
  deposit?: bigint
  settled?: bigint
  balance?: bigint
}

async function position(
  channel: ChannelUnderTest | undefined,
  payer: Payer | undefined,
  offered?: Challenge,
): Promise<Position> {
  const out: Position = {}
  if (channel !== undefined) {
    const [books, slot] = await Promise.all([channel.books(offered), channel.slot()])
    Object.assign(out, books, { deposit: slot.deposit, settled: slot.settled })
  }
  const who = payer ?? channel?.payer
  if (who !== undefined) {
    const { chain } = who.subject.options
    out.balance = await chain.balance(who.subject.terms.currency, who.address)
  }
  return out
}

/**
 * A transaction about the channel that the server sent since it had sent so many, and that reverted: it moves nothing
 * and somebody pays for it. What succeeds moves the position. Only the kit's own node knows.
 */
async function revertedSince(channel: ChannelUnderTest, sent: number): Promise<Bytes32 | undefined> {
  const { node, chain } = channel.payer.subject.options
  const about = [channel.id, channel.descriptor.salt].flatMap((bytes) => node?.sent(bytes, sent) ?? [])
  for (const { hash } of about) if ((await chain.findReceipt(hash))?.success === false) return hash
  return undefined
}

/** The body, cut off when it is a stream: an accepted stream would pause for ever. */
async function contentOf(answer: Exchange): Promise<string> {
  if (!answer.isEventStream) return answer.text()
  answer.abort()
  return ''
}

/** Whether a refusal carries one of the accepted problem types (spec/readings.md B1-B8, R3). */
export function judgeLabel(
  answer: Exchange,
  body: string,
  accepted: readonly Problem.ProblemSlug[],
): Finding {
  if (answer.status < 400 || answer.status >= 500) return absent('it was not refused, so there is no label')
  if (answer.method === 'HEAD')
    return absent('a HEAD has no body to name the problem in (spec/readings.md B9)')
  const problem = problemOf(body)
  const expected = `a problem of type ${accepted.join(' or ')}`
  if (problem === undefined) return broken(expected, `no problem body in ${describe(answer, body)}`)
  const slug = Problem.slug(problem)
  if (slug !== undefined && accepted.includes(slug)) return holds
  // The general type of core is tolerated where a session type is preferred (B7).
  if (slug === 'verification-failed') return broken(expected, `type ${slug}`, { softly: true })
  // What core draft-00 calls an expired challenge (R3).
  if (slug === 'invalid-challenge' && accepted.includes('payment-expired'))
    return broken(expected, `type ${slug}`, { softly: true })
  return broken(expected, `type ${problem.type}`)
}

/** A problem body, or undefined when the text is none. */
export function problemOf(body: string): Problem.Problem | undefined {
  try {
    return Problem.decode(body)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** A method or version that a server does not know is no failure of its own (spec/readings.md B17). */
export const isServerError = (status: number): boolean => status >= 500 && status !== 501 && status !== 505

/** Nothing a client sends may make the server fail: no response of the scenario was 5xx (spec/readings.md B1). */
export const noServerErrors = <C extends string>(t: Tester<C>, check: C): Promise<void> =>
  t.check(check, () => {
    const entries = t.recorder.since(0)
    const failed = entries.find((entry) => entry.kind === 'response' && isServerError(entry.status))
    if (failed?.kind !== 'response') return holds
    const request = entries.find((entry) => entry.kind === 'request' && entry.exchange === failed.exchange)
    const what = request?.kind === 'request' ? request.method : 'a request'
    const during = request?.check === undefined ? '' : ` of ${request.check}`
    return broken('no 5xx to anything the kit sends', `${failed.status} to the ${what}${during}`, {
      exchange: failed.exchange,
    })
  })

/** "402 session/invalid-signature". */
export function describe(answer: Exchange, body: string): string {
  const problem = problemOf(body)
  const type = problem === undefined ? undefined : (Problem.slug(problem) ?? problem.type)
  return type === undefined ? String(answer.status) : `${answer.status} ${type}`
}
