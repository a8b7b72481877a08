/** A stream delivers exactly what is paid for: it pauses, asks once, resumes, and ends with a receipt. */
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as Events from '../../../../../src/mpp/wire/events.ts'
import * as Receipt from '../../../../../src/mpp/wire/receipt.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import { askIn } from '../../../../peers/mpp/payer/ask.ts'
import { saidOf } from '../../../../peers/mpp/payer/legible.ts'
import { jsonOf, receiptFrom, receiptIn } from '../../../../peers/mpp/payer/receipt.ts'
import type { StreamUnderTest } from '../../../../peers/mpp/payer/stream.ts'
import { eventStream } from '../../../../peers/mpp/payer/subject.ts'
import type { Fixtures } from '../fixtures.ts'

export const stream = scenario({
  id: 'mpp/server/stream',
  title: 'A stream delivers exactly what vouchers pay for',
  needs: ['stream'],
  checks: {
    'stream.accepted': 'CORE-STAT-005',
    'stream.header-receipt': 'SESS-SSE-011',
    'stream.receipt-private': 'CORE-RCPT-007',
    'stream.exact-units': ['SESS-SSE-015', 'SESS-ACCT-005'],
    'stream.need-voucher': 'SESS-SSE-002',
    'stream.need-voucher-fields': 'SESS-SSE-003',
    'stream.need-voucher-once': 'SESS-SSE-004',
    'stream.required': 'SESS-SSE-010',
    'stream.charged': 'SESS-RCPT-005',
    'stream.stays-paused': ['SESS-SSE-001', 'SESS-SSE-004'],
    'stream.invalid-voucher': 'SESS-SSE-016',
    'stream.resumes': 'SESS-SSE-006',
    'stream.one-more': 'SESS-REQ-003',
    'stream.final-receipt': ['SESS-SSE-011', 'SESS-SSE-012'],
    'stream.final-receipt-fields': 'SESS-RCPT-002',
    'stream.final-spent': 'SESS-RCPT-005',
    'stream.reference': 'SESS-RCPT-003',
    'stream.challenge-id': 'SESS-RCPT-006',
  },
  faults: () => import('./stream.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { units, subject } = fixtures
    const { channel, running } = await begun(t, fixtures)
    await t.check('stream.header-receipt', () =>
      holdsIf(
        receiptFrom(running.answer, subject) !== undefined,
        'Payment-Receipt in the initial headers',
        running.answer.field('payment-receipt') ?? 'none',
      ),
    )
    await t.check('stream.receipt-private', () => {
      const cache = running.answer.field('cache-control') ?? 'none'
      const hasReceipt = running.answer.field('payment-receipt') !== undefined
      return hasReceipt ? holdsIf(/\bprivate\b/i.test(cache), 'Cache-Control: private', cache) : holds
    })

    await running.waitFor(() => running.asks.length > 0)
    const delivered = running.units.length
    await t.check('stream.exact-units', () => equal(delivered, 3, 'units'))
    await t.check('stream.need-voucher', () =>
      holdsIf(running.asks.length > 0, 'a payment-need-voucher event', 'none'),
    )
    await asked(t, running, units(delivered + 1))

    await subject.roundTrip()
    await t.check('stream.need-voucher-once', () => {
      if (running.asks.length === 0) throw new Blocked('the stream never asked')
      return equal(running.asks.length, 1, 'need-voucher events in one pause')
    })
    /** Units that came after something that pays for none. */
    const gained = async (sent: Promise<Exchange>) => {
      const before = running.units.length
      await (await sent).text()
      await subject.roundTrip()
      return running.units.length - before
    }
    await t.check('stream.stays-paused', async () =>
      equal(await gained(channel.voucher(units(3))), 0, 'units for an equal voucher'),
    )
    await t.check('stream.charged', async () =>
      equal((await channel.books()).spent, units(running.units.length), 'spent'),
    )
    await t.check('stream.invalid-voucher', async () => {
      const junk = channel.voucher(units(20), { signature: `0x${'11'.repeat(64)}1b` })
      return equal(await gained(junk), 0, 'units for an invalid voucher')
    })

    const before = running.units.length
    const asks = running.asks.length
    const resumed = await channel.voucher(units(before + 1))
    await resumed.text()
    if (!resumed.accepted) throw new Blocked(`the next voucher was answered ${resumed.status}`)
    await t.check('stream.resumes', async () => {
      await running.waitFor(() => running.units.length > before)
      const came = running.units.length > before
      return holdsIf(came, 'a unit on the connection that was paused', running.ended ?? 'none')
    })
    await t.check('stream.one-more', async () => {
      if (running.ended !== undefined) throw new Blocked('the stream has ended')
      await running.waitFor(() => running.asks.length > asks)
      await subject.roundTrip()
      return equal(running.units.length, before + 1, 'units')
    })

    running.abort()
    if (t.wants(...endChecks)) await endOfStream(t, fixtures)
  },
})

/** A stream of three units. Where there is none for who accepts events, one for what the target says to accept. */
async function begun(t: Parameters<typeof stream.run>[0], { payer, units, subject }: Fixtures) {
  const start = async (accept?: string) => {
    const channel = await payer.open({ initial: units(1) })
    return { channel, running: await channel.stream(units(3), accept === undefined ? {} : { accept }) }
  }
  const first = await start(eventStream)
  await t.check('stream.accepted', () => {
    const { isEventStream, answer } = first.running
    const came = `${answer.status} ${answer.field('content-type') ?? 'without content'}`
    return holdsIf(isEventStream, '200 with text/event-stream', came)
  })
  if (first.running.isEventStream) return first
  const { accept = eventStream } = subject.options
  const second = accept === eventStream ? first : await start()
  if (!second.running.isEventStream) throw new Blocked('no stream was answered')
  return second
}

/** The question a paused stream asks. */
async function asked(
  t: Parameters<typeof stream.run>[0],
  running: StreamUnderTest,
  required: bigint,
): Promise<void> {
  const question = (): string => {
    const [data] = running.asks
    if (data === undefined) throw new Blocked('there is no need-voucher event to read')
    return data
  }
  await t.check('stream.need-voucher-fields', () => {
    const data = question()
    try {
      Events.decodeNeedVoucher(data)
      return holds
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const names = Object.keys(Events.needVoucherSchema.shape).join(', ')
      return broken(`JSON with ${names}`, `${data} (${saidOf(error)})`)
    }
  })
  await t.check('stream.required', () => {
    const told = askIn(question()).requiredCumulative
    if (told === undefined)
      throw new Blocked('requiredCumulative cannot be read (see stream.need-voucher-fields)')
    return equal(told, required, 'requiredCumulative')
  })
}

/** Longest stream whose end the kit pays to see. */
const maxUnits = 200

/** What is judged of it. */
const endChecks = [
  'stream.final-receipt',
  'stream.final-receipt-fields',
  'stream.final-spent',
  'stream.reference',
  'stream.challenge-id',
] as const

/** One stream paid in advance, to its end. */
async function endOfStream(
  t: Parameters<typeof stream.run>[0],
  { payer, units, subject }: Fixtures,
): Promise<void> {
  const channel = await payer.open({ deposit: units(maxUnits) })
  const challenge = await subject.challenge()
  const whole = await channel.stream(units(maxUnits), { challenge })
  await whole.until(() => whole.ended !== undefined || whole.asks.length > 0)
  if (whole.ended === undefined) {
    whole.abort()
    throw new Blocked(`the stream is longer than ${maxUnits} units; its end was not seen`)
  }
  const last = whole.events.at(-1)
  await t.check('stream.final-receipt', () => {
    if (last?.event === Events.receiptEvent) return holds
    const expected = 'payment-receipt as the last event'
    const came = last?.event ?? 'no event at all'
    // In the last message it must be; that it is an event of its own is only recommended (spec/readings.md D1).
    return last !== undefined && receiptIn(last.data) !== undefined
      ? broken(expected, `a receipt in the event ${came}`, { softly: true })
      : broken(expected, came)
  })
  const { receipt } = whole
  const told = whole.receiptEvent
  await t.check('stream.final-receipt-fields', () => {
    if (told === undefined) throw new Blocked('there is no receipt event to read')
    const wanted = `a session receipt: ${Object.keys(Receipt.schema.shape).join(', ')}`
    try {
      Events.decodeReceipt(told)
      return holds
    } catch (error) {
      if (error instanceof DecodeError) return broken(wanted, told)
      throw error
    }
  })
  const illegible = 'the receipt event cannot be read (see stream.final-receipt-fields)'
  await t.check('stream.final-spent', () => {
    if (receipt === undefined)
      throw new Blocked(told === undefined ? 'there is no receipt to read' : illegible)
    return equal(receipt.spent, units(whole.units.length), 'spent')
  })
  /** A member of it that is text; what is none is for the check of its form. */
  const said = (name: string): string => {
    const value = told === undefined ? undefined : jsonOf(told)
    const member = Json.isObject(value) ? value[name] : undefined
    if (typeof member !== 'string') throw new Blocked(illegible)
    return member
  }
  await t.check('stream.reference', () => equal(said('reference').toLowerCase(), channel.id, 'reference'))
  await t.check('stream.challenge-id', () => equal(said('challengeId'), challenge.id, 'challengeId'))
}
