/**
 * Stands before the kit's payee and writes down what a client sends and is given: requests, events and the facts that
 * its money is counted by. It changes nothing.
 */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import * as Sse from '../../../../../src/codec/sse.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { nextExchange } from '../../../../harness/http.ts'
import type { Recorder } from '../../../../kit/trace.ts'
import { isStream } from '../../../answers.ts'
import { worth } from '../../books/channel.ts'
import type { Act } from '../../books/fact.ts'
import type { Ledger } from '../../books/ledger.ts'
import type { Wrap } from '../wire.ts'
import type { KnownChannels } from './channels.ts'
import { credentialIn, quietly, type Seen } from './sent.ts'

/** A challenge as it was issued. */
export interface Issued {
  /** The exchange it came in, and the run of the client. */
  exchange: number
  visit: number
  id: string
  params: ReadonlyMap<string, string>
}

export interface WitnessOptions {
  recorder: Recorder
  ledger: Ledger
  seen: Seen[]
  /** Which run of the client is under way. */
  visit(): number
  /** Price of a unit, in base units. */
  price: bigint
  channels: KnownChannels
  /** Every challenge that was issued, as it was written. */
  issued: Issued[]
  /** Whether streams alone are sold: other answers to a payment bring nothing then, such as a receipt in JSON. */
  streamsAlone?: boolean
  /** Whether the data of an event is a unit; default those of the shop. */
  isUnit?(data: string): boolean
  /** Called for every request, before it is answered. */
  onRequest?(seen: Seen): void
}

/** Writes down everything that goes through a handler. */
export const witness =
  (options: WitnessOptions): Wrap =>
  (handler) =>
  async (request) => {
    const { recorder, seen } = options
    const body = request.body === null ? '' : await request.clone().text()
    const entry: Seen = {
      exchange: nextExchange(),
      visit: options.visit(),
      method: request.method,
      url: request.url,
      headers: new Headers(request.headers),
      body,
      credential: credentialIn(request.headers),
      status: undefined,
      ahead: 0n,
      units: [],
      at: performance.now(),
    }
    seen.push(entry)
    const { exchange, method, url, credential } = entry
    const act = credential?.raw['action']
    const channel = credential?.payload?.channelId
    recorder.add({
      kind: 'request',
      exchange,
      method,
      url,
      headers: [...request.headers],
      bodyBytes: body.length,
      ...(typeof act === 'string' ? { act } : {}),
      ...(channel === undefined ? {} : { channel }),
    })
    options.onRequest?.(entry)
    const voucher = signedIn(entry, options)
    const response = await handler(request)
    entry.status = response.status
    recorder.add({ kind: 'response', exchange, status: response.status, headers: [...response.headers] })
    voucher?.answered(response.ok)
    options.issued.push(...issuedIn(response, entry))
    return isStream(response) ? watched(response, entry, options) : whole(response, entry, options)
  }

function issuedIn({ headers }: Response, { exchange, visit }: Seen): Issued[] {
  const field = headers.get('www-authenticate')
  const found = field === null ? undefined : quietly(() => AuthParams.decode(field))
  return (found ?? [])
    .filter(Challenge.isPayment)
    .map(({ params }) => ({ exchange, visit, id: params.get('id') ?? '', params }))
}

/** Writes down a voucher that pays for something; answers how to write down what became of it. */
function signedIn(entry: Seen, { ledger, channels }: WitnessOptions) {
  const payload = entry.credential?.payload
  if (payload === undefined) return undefined
  const { channelId: channel, action } = payload
  if (action === 'topUp') return undefined
  const known = channels.of(payload)
  const promised = channels.promise(payload)
  if (known === undefined) return undefined
  if (ledger.channel(channel).payer === undefined) {
    const { descriptor, domain, opening: deposit } = known
    ledger.record({ channel, is: 'prepared', payer: descriptor.payer, protocol: domain.protocol, deposit })
  }
  if (promised === undefined) return undefined
  const { amount } = promised
  const delivered = worth(ledger.channel(channel))
  entry.ahead = amount > delivered ? amount - delivered : 0n
  const act: Act = action
  ledger.record({ channel, is: 'sent', act, amount })
  return {
    answered(taken: boolean) {
      ledger.record({ channel, is: 'answered', act, amount, taken })
      if (taken && action === 'open') ledger.record({ channel, is: 'opened' })
    },
  }
}

/** A whole answer to a payment: one unit, where it has content. */
function whole(
  response: Response,
  { credential, url, method, headers }: Seen,
  { ledger, price, streamsAlone = false }: WitnessOptions,
) {
  if (streamsAlone) return response
  const payload = credential?.payload
  const content = response.headers.get('content-type') ?? ''
  if (payload === undefined || !response.ok || method === 'HEAD' || response.body === null) return response
  if (content === '' || content.startsWith('application/problem')) return response
  const key = headers.get('idempotency-key')
  ledger.record({
    channel: payload.channelId,
    is: 'served',
    server: new URL(url).origin,
    units: 1,
    price,
    ...(key === null ? {} : { key }),
  })
  return response
}

/** A stream whose events are written down as they leave. */
function watched(response: Response, entry: Seen, options: WitnessOptions): Response {
  const { recorder, ledger, price, isUnit = isShopUnit } = options
  const { exchange, credential, url } = entry
  const channel = credential?.payload?.channelId
  const source = response.body?.getReader()
  if (source === undefined) return response
  if (channel !== undefined)
    ledger.record({ channel, is: 'began', stream: exchange, server: new URL(url).origin, price, read: true })
  const reader = Sse.reader()
  const end = (how: string) => {
    recorder.add({ kind: 'end', exchange, how })
    if (channel !== undefined) ledger.record({ channel, is: 'ended', stream: exchange, how: 'by the target' })
  }
  const told = ({ event, data }: Sse.SseEvent) => {
    recorder.add({ kind: 'event', exchange, event, data })
    if (channel !== undefined && event === 'payment-need-voucher')
      ledger.record({ channel, is: 'asked', stream: exchange })
    if (event !== 'message' || !isUnit(data)) return
    entry.units.push(data)
    const units = entry.units.length
    if (channel !== undefined)
      ledger.record({ channel, is: 'delivered', stream: exchange, units, certain: units })
  }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await source.read()
        if (done || value === undefined) {
          end('by the kit')
          return controller.close()
        }
        for (const event of reader.push(value)) told(event)
        controller.enqueue(value)
      },
      async cancel(reason) {
        end('by the client')
        await source.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const { status, headers } = response
  return new Response(body, { status, headers })
}

/** What a unit of the shop reads like; other events are free. */
export const unitText = (at: number): string => `unit ${String(at).padStart(3, '0')} of what was paid for`
const isShopUnit = (data: string): boolean => /^unit [0-9]{3} of what was paid for/.test(data)
