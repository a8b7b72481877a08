/** Controls of servers: the reference altered in what the texts leave free. Nothing may be red for one, nor for all at once. */
import type { JsonObject } from '../../../../src/codec/json.ts'
import * as Utf8 from '../../../../src/codec/utf8.ts'
import type { Handler } from '../../../../src/http/handler.ts'
import { memoryClaims } from '../../../../src/x402/server/claims.ts'
import type { Control } from '../../../kit/control.ts'
import { judgeLawful } from '../../../kit/judge-controls.ts'
import type { Controls } from '../../../kit/suite.ts'
import { onResponse, withHeaders } from '../../../peers/answers.ts'
import { powers, resources } from '../../../peers/x402/offers.ts'
import type { Alteration } from '../../../peers/x402/payee/alteration.ts'
import { heldBack } from '../../../peers/x402/payee/held-back.ts'
import {
  rewriting402,
  rewritingEvents,
  rewritingReceipts,
  streaming,
} from '../../../peers/x402/payee/wire.ts'
import { isError } from '../../../peers/x402/payer/answer.ts'
import { serverScenarios } from './scenarios.ts'
import { standIn } from './stand-in.ts'
import { subjectOf } from './subject.ts'

interface ServerControl extends Control, Alteration {}

/** Rewrites the bytes of streams. */
const rewritingBytes = (rewrite: (chunk: Uint8Array) => Iterable<Uint8Array>) =>
  onResponse(streaming, (response) => {
    const rewritten = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        for (const part of rewrite(chunk)) controller.enqueue(part)
      },
    })
    return new Response(response.body?.pipeThrough(rewritten) ?? null, response)
  })

const entries = ({ accepts }: JsonObject) => accepts as JsonObject[]

/** An address in capitals where a checksum may have them. */
const shouted = (address: unknown): string => `0x${String(address).slice(2).toUpperCase()}`

export const serverControls: readonly ServerControl[] = [
  {
    name: 'settles-after-the-work',
    free: 'X2',
    warns: /^(stream\.incremental|replay\.concurrent-work|crash\.(asks-again|identifier))$/,
    ...heldBack(),
  },
  {
    name: 'remembers-no-payment-when-it-starts',
    free: 'X11',
    warns: /^crash\.(asks-again|identifier)$/,
    claims: () => memoryClaims(),
  },
  { name: 'asks-by-v1-alone', free: 'x402 specification, x402Version', merchant: { versions: [1] } },
  { name: 'asks-by-v2-alone', free: 'x402 specification, x402Version', merchant: { versions: [2] } },
  {
    name: 'frames-with-crlf',
    free: 'WHATWG HTML, Parsing an event stream',
    http: rewritingBytes((chunk) => [Utf8.encode(Utf8.decode(chunk).replaceAll('\n', '\r\n'))]),
  },
  {
    name: 'comments-between-events',
    free: 'WHATWG HTML, Parsing an event stream',
    http: rewritingBytes((chunk) => [Utf8.encode(': still here\n\n'), chunk]),
  },
  {
    name: 'sends-byte-by-byte',
    free: 'HTTP, chunked transfer coding',
    http: rewritingBytes((chunk) => Array.from(chunk, (byte) => Uint8Array.of(byte))),
  },
  {
    name: 'names-its-error-events',
    free: 'WHATWG HTML, Interpreting an event stream, field event',
    http: rewritingEvents((event) => [isError(event.data) ? { ...event, event: 'error' } : event]),
  },
  {
    name: 'says-more',
    free: 'x402 specification, further members',
    http: (handler) =>
      [
        rewriting402((said) => {
          said['note'] = 'welcome'
          for (const entry of entries(said)) entry['note'] = 'cheap'
        }),
        rewritingReceipts((said) => {
          said['note'] = 'thank you'
        }),
        onResponse(
          () => true,
          (response) => withHeaders(response, (headers) => headers.set('x-note', 'hello')),
        ),
      ].reduce((inner: Handler, wrap) => wrap(inner), handler),
  },
  {
    name: 'offers-no-identifiers',
    free: 'extension payment-identifier',
    http: rewriting402((said) => {
      if (said['extensions'] !== undefined) said['extensions'] = {}
    }),
  },
  {
    name: 'writes-addresses-in-capitals',
    free: 'EIP-55',
    http: rewriting402((said) => {
      for (const entry of entries(said)) {
        entry['payTo'] = shouted(entry['payTo'])
        entry['asset'] = shouted(entry['asset'])
      }
    }),
  },
  {
    name: 'names-no-payer-in-receipts',
    free: 'x402 specification, SettlementResponse Schema, payer',
    http: rewritingReceipts((said) => {
      delete said['payer']
    }),
  },
]

/** What can be had at once. */
const mixed = serverControls.filter(
  ({ merchant, name }) => merchant === undefined && name !== 'settles-after-the-work',
)

/** An alteration that makes all these choices. */
const all = (controls: readonly Alteration[]): Alteration => ({
  merchant: Object.assign({}, ...controls.map(({ merchant }) => merchant)),
  facilitator: (own) => controls.reduce((inner, { facilitator }) => facilitator?.(inner) ?? inner, own),
  claims: (found) => controls.reduce((inner, { claims }) => claims?.(inner) ?? inner, found),
  http: (handler) => controls.reduce((inner, { http }) => http?.(inner) ?? inner, handler),
})

export const controls: Controls = {
  stories: {
    ...Object.fromEntries(serverControls.map((control) => [control.name, [control]])),
    'many-words': mixed,
  },
  async judge(chosen, only) {
    const names = chosen.map(({ name }) => name)
    const { subject, end } = await standIn(all(serverControls.filter(({ name }) => names.includes(name))))
    try {
      const suite = { scenarios: serverScenarios, offers: { resources, powers } }
      return await judgeLawful(suite, subjectOf(subject, 'lawful'), only)
    } finally {
      await end()
    }
  },
}
