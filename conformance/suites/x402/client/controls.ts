/** Controls of clients: the reference altered in what the texts leave free. Nothing may be red for one, nor for all. */
import * as Json from '../../../../src/codec/json.ts'
import * as EncodedObject from '../../../../src/x402/wire/encoded-object.ts'
import { paymentField, versions } from '../../../../src/x402/wire/fields.ts'
import { ownChain } from '../../../harness/environment.ts'
import type { Control } from '../../../kit/control.ts'
import { judgeLawful } from '../../../kit/judge-controls.ts'
import type { Controls } from '../../../kit/suite.ts'
import { chainId } from '../../../peers/x402/peers.ts'
import { type Ability, abilities, offers } from './offers.ts'
import { type ClientVariant, referenceDrive } from './reference.ts'
import { clientScenarios } from './scenarios.ts'
import { subjectOf } from './subject.ts'

interface ClientControl extends Control, ClientVariant {}

type Around = NonNullable<ClientVariant['fetch']>

const isPaid = (init: RequestInit | undefined) => {
  const headers = new Headers(init?.headers)
  return versions.some((version) => headers.has(paymentField[version]))
}

/** Changes the fields of every request. */
const withFields =
  (change: (headers: Headers) => void): Around =>
  (fetch) =>
  (input, init) => {
    const headers = new Headers(init?.headers)
    change(headers)
    return fetch(input, { ...init, headers })
  }

/** Rewrites what is said in payments. */
const rewritingPayments = (rewrite: (said: Json.JsonObject) => void): Around =>
  withFields((headers) => {
    for (const version of versions) {
      const field = headers.get(paymentField[version])
      if (field === null) continue
      const said = EncodedObject.decode(field)
      rewrite(said)
      headers.set(paymentField[version], EncodedObject.encode(said))
    }
  })

/** Does something before each request that carries no payment. */
const beforeAsking =
  (
    act: (fetch: typeof globalThis.fetch, url: string, init: RequestInit | undefined) => Promise<Response>,
  ): Around =>
  (fetch) =>
  async (input, init) => {
    if (!isPaid(init)) await (await act(fetch, String(input), init)).body?.cancel()
    return fetch(input, init)
  }

const shouted = (address: Json.JsonValue | undefined): string => `0x${String(address).slice(2).toUpperCase()}`

/** Members of an object by their names in capitals, where they are there. */
function shout(said: Json.JsonValue | undefined, ...names: string[]): void {
  if (!Json.isObject(said)) return
  for (const name of names) if (said[name] !== undefined) said[name] = shouted(said[name])
}

export const clientControls: readonly ClientControl[] = [
  { name: 'never-asks-again', free: 'x402 specification, Core Payment Flow', options: { retries: 0 } },
  {
    name: 'signs-for-half-a-minute',
    free: 'scheme exact on EVM, validBefore',
    options: { maxValiditySeconds: 30 },
  },
  {
    name: 'asks-twice-before-it-pays',
    free: 'x402 specification, Core Payment Flow',
    fetch: beforeAsking((fetch, url, init) => fetch(url, init)),
  },
  {
    name: 'looks-before-it-asks',
    free: 'RFC 9110, HEAD',
    fetch: beforeAsking((fetch, url) => fetch(url, { method: 'HEAD' })),
  },
  { name: 'tries-more-often', free: 'RFC 9110, Automatically Retrying Requests', options: { retries: 4 } },
  {
    name: 'asks-what-is-allowed-as-browsers-do',
    free: 'Fetch, CORS-preflight fetch',
    fetch: beforeAsking((fetch, url) => fetch(url, { method: 'OPTIONS' })),
  },
  {
    name: 'accepts-anything',
    free: 'RFC 9110, Accept',
    fetch: withFields((headers) => headers.set('accept', '*/*')),
  },
  {
    name: 'sends-more-fields',
    free: 'RFC 9110, Extending and Defining Header Fields',
    fetch: withFields((headers) => headers.set('x-note', 'hello')),
  },
  {
    name: 'says-more',
    free: 'x402 specification, further members',
    fetch: rewritingPayments((said) => {
      said['note'] = 'hello'
    }),
  },
  {
    name: 'claims-no-resource',
    free: 'X3',
    fetch: rewritingPayments((said) => {
      delete said['resource']
    }),
  },
  {
    name: 'names-no-identifier',
    free: 'extension payment-identifier',
    fetch: rewritingPayments((said) => {
      delete said['extensions']
    }),
  },
  {
    name: 'writes-addresses-in-capitals',
    free: 'EIP-55',
    fetch: rewritingPayments((said) => {
      shout(said['accepted'], 'payTo', 'asset')
      const { payload } = said
      if (Json.isObject(payload)) shout(payload['authorization'], 'from', 'to')
    }),
  },
  {
    name: 'goes-elsewhere-without-the-payment',
    free: 'RFC 9110, Redirection 3xx',
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      const to = response.headers.get('location')
      if (!isPaid(init) || to === null) return response
      await response.body?.cancel()
      const headers = new Headers(init?.headers)
      for (const version of versions) headers.delete(paymentField[version])
      return fetch(to, { ...init, headers, redirect: 'manual' })
    },
  },
]

/** What can be had at once: one answer to a failure. */
const mixed = clientControls.filter(({ name }) => name !== 'tries-more-often')

const can = Object.keys(abilities) as Ability[]
const timeoutMs = 10_000

export const controls: Controls = {
  stories: {
    ...Object.fromEntries(clientControls.map((control) => [control.name, [control]])),
    'many-ways': mixed,
  },
  async judge(chosen, only) {
    const names = chosen.map(({ name }) => name)
    const own = clientControls.filter(({ name }) => names.includes(name))
    const drive = referenceDrive({
      options: Object.assign({}, ...own.map(({ options }) => options)),
      fetch: (fetch) => own.reduce((inner, { fetch: around }) => around?.(inner) ?? inner, fetch),
    })
    const environment = await ownChain(chainId)
    try {
      const subject = subjectOf({ drive, environment, timeoutMs, can }, 'lawful')
      return await judgeLawful({ scenarios: clientScenarios, offers }, subject, only)
    } finally {
      await environment.close()
    }
  },
}
