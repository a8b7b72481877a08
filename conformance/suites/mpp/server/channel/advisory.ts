/**
 * The published advisories of this field, replayed: one check each, named after it. Those about one-off charges
 * (GHSA-vp5h-xh25-44wf, GHSA-34g7-vx6g-82mq) are not about sessions; GHSA-8mhj-rffc-rcvw is about another method.
 */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import type { PreparedOpen } from '../../../../peers/mpp/payer/payer.ts'
import { StreamUnderTest } from '../../../../peers/mpp/payer/stream.ts'
import type { Fixtures } from '../fixtures.ts'

const free = { money: 'service for nothing' }

export const advisory = scenario({
  id: 'mpp/server/advisory',
  title: 'Published advisories, replayed',
  needs: ['stream'],
  checks: {
    'advisory.ghsa-8x4m-qw58-3pcx': ['SESS-OPEN-016', 'SESS-OPEN-011'],
    'advisory.ghsa-fxc9-7j2w-vx54': 'SESS-CLOSE-010',
    'advisory.ghsa-mv9j-8jvg-j8mr': 'SESS-CLOSE-003',
    'advisory.ghsa-8c63-r789-xrrf': 'SESS-ACCT-012',
    'advisory.ghsa-w8j7-7qc3-5f24': 'CORE-CONC-001',
    'advisory.ghsa-8x7x-5j8g-8hcx': ['SESS-ACCT-003', 'SESS-OPEN-016'],
    'advisory.ghsa-82qh-vrvm-gqvc': 'CORE-RCPT-007',
  },
  faults: () => import('./advisory.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await t.check('advisory.ghsa-8x4m-qw58-3pcx', () => reopened(fixtures))
    await t.check('advisory.ghsa-fxc9-7j2w-vx54', () => finalizedMidStream(fixtures))
    await t.check('advisory.ghsa-mv9j-8jvg-j8mr', () => settledVoucher(fixtures))
    await t.check('advisory.ghsa-8c63-r789-xrrf', () => equalVoucher(fixtures))
    await t.check('advisory.ghsa-w8j7-7qc3-5f24', () => sameCredential(fixtures))
    await t.check('advisory.ghsa-8x7x-5j8g-8hcx', () => otherSpelling(fixtures))
    await t.check('advisory.ghsa-82qh-vrvm-gqvc', () => privateAnswers(fixtures))
  },
})

/** Opens a channel; answers what opened it as well, for a second time. */
async function opened({ payer }: Fixtures): Promise<PreparedOpen> {
  const prepared = await payer.prepareOpen()
  const answer = await payer.send(prepared)
  await answer.text()
  if (!answer.accepted) throw new Blocked(`a lawful open was answered ${answer.status}`)
  return prepared
}

/** Reads a stream to its first pause or its end, and cuts it off. */
async function toPause(channel: ChannelUnderTest, amount: bigint): Promise<StreamUnderTest> {
  const stream = await channel.stream(amount)
  if (stream.isEventStream) await stream.waitFor(() => stream.asks.length > 0)
  stream.abort()
  return stream
}

const noMore = (stream: StreamUnderTest): Finding =>
  stream.units.length === 0 ? holds : broken('no unit', `${stream.units.length} units`, free)

/** A closed channel opened again by its old transaction, with its vouchers unspent. */
async function reopened(fixtures: Fixtures): Promise<Finding> {
  const { payer, units } = fixtures
  const prepared = await opened(fixtures)
  const { channel } = prepared
  await toPause(channel, units(2))
  const closed = await channel.close(units(2))
  await closed.text()
  if (!closed.accepted) throw new Blocked(`a lawful close was answered ${closed.status}`)
  await (await payer.send(prepared, { note: 'opens the closed channel again' })).text()
  return noMore(await toPause(channel, units(2)))
}

/** A stream that waits while its channel is closed, and is woken by a further voucher. */
async function finalizedMidStream({ payer, units, subject }: Fixtures): Promise<Finding> {
  const channel = await payer.open()
  const stream = await channel.stream(units(2))
  await stream.untilPause()
  const closed = await channel.close(units(2))
  await closed.text()
  if (!closed.accepted) throw new Blocked(`a lawful close was answered ${closed.status}`)
  const later = await channel.send(Payload.toJson(await channel.signVoucher(units(5))))
  await later.text()
  await subject.roundTrip()
  const { length } = stream.units
  stream.abort()
  return length > 2 ? broken('no unit after the close', `${length - 2} units`, free) : holds
}

/** A close with the voucher that is settled already (CVE-2026-34209); before any settlement, with one for nothing. */
async function settledVoucher({ payer, units }: Fixtures): Promise<Finding> {
  const channel = await payer.open()
  await toPause(channel, units(2))
  const { settled } = await channel.slot()
  if (settled >= units(2)) return absent('the server settles what it delivered at once')
  const answer = await channel.send(Payload.toJson(await channel.signClose(settled)))
  await answer.text()
  if (answer.accepted)
    return broken('a refusal', String(answer.status), { money: 'what was delivered is not paid' })
  return equal((await channel.slot()).deposit, channel.deposit, 'deposit on chain')
}

/** A voucher that adds nothing, presented for content again and again. */
async function equalVoucher({ payer, units }: Fixtures): Promise<Finding> {
  const channel = await payer.open()
  for (let i = 0; i < 4; i++) await toPause(channel, units(3))
  return channel.delivered === 3
    ? holds
    : broken('3 units for a voucher of three', `${channel.delivered} units`, free)
}

/** One credential many times at once (CVE-2026-73829). */
async function sameCredential({ payer, units, subject }: Fixtures): Promise<Finding> {
  const { channel, payload } = await payer.prepareOpen({ initial: units(2) })
  const challenge = await subject.challenge()
  const options = { method: 'GET', challenge, account: payer.account }
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => subject.pay(Payload.toJson(payload), options)),
  )
  const streams = answers.map(
    (answer) => new StreamUnderTest(payer.took(answer, { channel, payload }), channel),
  )
  const running = streams.filter((stream) => stream.isEventStream)
  // A stream that another one took over from ends; one that goes on pauses.
  await Promise.all(running.map((stream) => stream.waitFor(() => stream.asks.length > 0)))
  for (const stream of running) stream.abort()
  const opened = answers.some((answer) => answer.accepted)
  if (running.length === 0 && opened && subject.options.acknowledgements?.open === true)
    return absent('opens bring no content here: concurrency.open has their books')
  if (running.length === 0) throw new Blocked('none of twenty equal opens began a stream')
  return channel.delivered <= 2
    ? holds
    : broken('at most 2 units for a voucher of two', `${channel.delivered} units`, free)
}

/** The same open in another writing: upper-case hex, and JSON with white space. */
async function otherSpelling(fixtures: Fixtures): Promise<Finding> {
  const { payer, units, subject } = fixtures
  const { channel, payload } = await opened(fixtures)
  await toPause(channel, units(2))
  const upper = (value: unknown): unknown =>
    typeof value === 'string' && value.startsWith('0x') ? `0x${value.slice(2).toUpperCase()}` : value
  const shouted = JSON.parse(JSON.stringify(Payload.toJson(payload)), (_, value) => upper(value)) as object
  const challenge = await subject.challenge()
  const again = subject.credential(challenge, shouted, { account: payer.account })
  const spaced = `Payment ${Base64url.encode(JSON.stringify(again, null, 2))}`
  for (const credential of [again, spaced])
    await (await subject.sendCredential(credential, challenge, { method: subject.management })).text()
  return noMore(await toPause(channel, units(2)))
}

/** What is paid for is for the payer alone: no shared cache may keep it. */
async function privateAnswers(fixtures: Fixtures): Promise<Finding> {
  const { payer, units } = fixtures
  const prepared = await payer.prepareOpen()
  const open = await payer.send(prepared)
  await open.text()
  const { channel } = prepared
  const stream = await toPause(channel, units(2))
  const voucher = await channel.voucher(units(3))
  await voucher.text()
  const close = await channel.close(units(3))
  await close.text()
  const answers: Record<string, Exchange> = { open, stream: stream.answer, voucher, close }
  const receipts = Object.entries(answers).filter(
    ([, answer]) => answer.field('payment-receipt') !== undefined,
  )
  if (receipts.length === 0) throw new Blocked('no answer has a receipt')
  const shared = receipts.filter(
    ([, answer]) => !/private|no-store/i.test(answer.field('cache-control') ?? ''),
  )
  return holdsIf(
    shared.length === 0,
    'Cache-Control: private beside each receipt',
    `none in the answer to ${shared.map(([name]) => name).join(', ')}`,
  )
}
