/** Controls of facilitators: the reference altered in what the texts leave free. Nothing may be red for one, nor for all. */
import * as Json from '../../../../src/codec/json.ts'
import type { Handler } from '../../../../src/http/handler.ts'
import { type ReasonKind, table } from '../../../../src/x402/wire/reasons.ts'
import type { Control } from '../../../kit/control.ts'
import { judgeLawful } from '../../../kit/judge-controls.ts'
import type { Controls } from '../../../kit/suite.ts'
import { onResponse, withHeaders, withStatus } from '../../../peers/answers.ts'
import type { FacilitatorFault } from './fault.ts'
import { startReference } from './reference.ts'
import { facilitatorScenarios } from './scenarios.ts'
import { subjectOf } from './subject.ts'

interface FacilitatorControl extends Control, Pick<FacilitatorFault, 'around' | 'http'> {}

/** Rewrites the JSON of every answer. */
const rewriting = (rewrite: (said: Json.JsonObject) => void): NonNullable<FacilitatorControl['http']> =>
  onResponse(
    () => true,
    async (response) => {
      const said = Json.decode(await response.text())
      if (Json.isObject(said)) rewrite(said)
      return new Response(JSON.stringify(said), response)
    },
  )

const upper = (letters: string): string => letters.toUpperCase()

const reasons = ['invalidReason', 'errorReason'] as const
const isRefusal = (said: Json.JsonObject) => reasons.some((name) => typeof said[name] === 'string')

/** Another name for each reason that has one; `pick` says which. */
const renaming = (pick: (aliases: readonly string[]) => string | undefined) => {
  const names = new Map(
    Object.keys(table).map((kind) => {
      const { reason, aliases } = table[kind as ReasonKind]
      return [reason as string, pick(aliases) ?? reason] as const
    }),
  )
  return rewriting((said) => {
    for (const name of reasons) {
      const reason = said[name]
      if (typeof reason === 'string') said[name] = names.get(reason) ?? reason
    }
  })
}

/** Refusals under a status of their own; what they say stays. */
const refusingWith = (status: number): NonNullable<FacilitatorControl['http']> =>
  onResponse(
    (_, { status: own }) => own === 200,
    async (response) => {
      const text = await response.text()
      const said = Json.decode(text)
      const made = new Response(text, response)
      return Json.isObject(said) && isRefusal(said) ? withStatus(made, status) : made
    },
  )

export const facilitatorControls: readonly FacilitatorControl[] = [
  { name: 'names-reasons-as-one-library', free: 'X7', http: renaming((aliases) => aliases[0]) },
  { name: 'names-reasons-as-another-library', free: 'X7', http: renaming((aliases) => aliases.at(-1)) },
  {
    name: 'refuses-with-400',
    free: 'x402 specification v2, Facilitator Interface: no status is named for a refusal',
    http: refusingWith(400),
  },
  {
    name: 'refuses-with-402',
    free: 'x402 specification v2, Facilitator Interface: no status is named for a refusal',
    http: refusingWith(402),
  },
  {
    name: 'answers-422-to-what-is-no-request',
    free: 'RFC 9110, 422',
    http: onResponse(
      (_, { status }) => status === 400,
      (response) => withStatus(response, 422),
    ),
  },
  {
    name: 'names-no-payer-in-refusals',
    free: 'x402 specification v2, VerifyResponse Schema, payer',
    http: rewriting((said) => {
      if (isRefusal(said)) delete said['payer']
    }),
  },
  {
    name: 'writes-payers-in-capitals',
    free: 'EIP-55',
    http: rewriting((said) => {
      const { payer } = said
      if (typeof payer === 'string') said['payer'] = `0x${payer.slice(2).toUpperCase()}`
    }),
  },
  {
    name: 'writes-transactions-in-capitals',
    free: 'x402 specification v2, SettlementResponse Schema, transaction: hex in either case',
    http: rewriting((said) => {
      const { transaction } = said
      if (typeof transaction === 'string') said['transaction'] = transaction.replace(/[a-f]/g, upper)
    }),
  },
  {
    name: 'writes-null-for-what-is-absent',
    free: 'X10',
    http: rewriting((said) => {
      if (said['isValid'] === true) said['invalidReason'] = null
      if (said['success'] === true) said['errorReason'] = null
    }),
  },
  {
    name: 'names-its-charset',
    free: 'RFC 9110, Content-Type',
    http: onResponse(
      () => true,
      (response) =>
        withHeaders(response, (headers) => headers.set('content-type', 'application/json; charset=utf-8')),
    ),
  },
  {
    name: 'says-more',
    free: 'x402 specification, further members',
    http: rewriting((said) => {
      said['note'] = 'welcome'
      said['errorMessage'] = 'told in words'
    }),
  },
  {
    name: 'settles-on-every-evm-chain',
    free: 'x402 specification v2, networks as patterns',
    http: rewriting((said) => {
      if (Array.isArray(said['kinds']))
        for (const kind of said['kinds'] as Json.JsonObject[])
          if (kind['x402Version'] === 2) kind['network'] = 'eip155:*'
    }),
  },
  {
    name: 'settles-other-schemes-too',
    free: 'x402 specification, Schemes',
    http: rewriting((said) => {
      if (Array.isArray(said['kinds']))
        said['kinds'] = [{ x402Version: 2, scheme: 'upto', network: 'eip155:84532' }, ...said['kinds']]
    }),
  },
]

/** What can be had at once: one name for a reason, one status for a refusal. */
const mixed = facilitatorControls.filter(({ name }) => !/another-library|with-402/.test(name))

const all =
  (controls: readonly FacilitatorControl[]): FacilitatorControl['http'] & {} =>
  (handler: Handler) =>
    controls.reduce((inner, { http }) => http?.(inner) ?? inner, handler)

export const controls: Controls = {
  stories: {
    ...Object.fromEntries(facilitatorControls.map((control) => [control.name, [control]])),
    'many-names': mixed,
  },
  async judge(chosen, only) {
    const names = chosen.map(({ name }) => name)
    const http = all(facilitatorControls.filter(({ name }) => names.includes(name)))
    const { subject, end } = await startReference({ http })
    try {
      const suite = { scenarios: facilitatorScenarios, offers: { resources: {}, powers: {} } }
      return await judgeLawful(suite, subjectOf(subject, 'lawful'), only)
    } finally {
      await end()
    }
  },
}
