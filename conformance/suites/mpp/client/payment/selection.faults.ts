/** Faults of clients that answer the wrong challenge, or miss the right one. */
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { fault } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'

/** A client that reads WWW-Authenticate in its own way. */
const reading =
  (read: (field: string) => string): NonNullable<ClientVariant['fetch']> =>
  (fetch) =>
  async (input, init) => {
    const response = await fetch(input, init)
    const field = response.headers.get('www-authenticate')
    if (field === null) return response
    const headers = new Headers(response.headers)
    headers.set('www-authenticate', read(field))
    return new Response(response.body, { status: response.status, headers })
  }

/** Asks for /openapi.json before it buys, and minds what it says. */
const discovering =
  (mind: (document: Response) => Promise<boolean>): NonNullable<ClientVariant['does']> =>
  async (doing, usual) => {
    const document = await fetch(new URL('/openapi.json', doing.url))
    if (!(await mind(document))) throw new Error('the document does not say so')
    await usual(doing)
  }

export const faults = [
  fault({
    name: 'answers-the-first-challenge-alone',
    breaks: 'CORE-CLI-003',
    caughtBy: ['selection.fields', 'selection.folded', 'selection.spelt'],
    like: ['tempoxyz/tempo-foundry#381'],
    variant: { fetch: reading((field) => (field.startsWith('Payment') ? field : 'Bearer')) },
  }),
  fault({
    name: 'splits-at-no-space-before-a-comma',
    breaks: 'CORE-CLI-001',
    caughtBy: ['selection.folded'],
    like: ['tempoxyz/mpp-go#151'],
    variant: { fetch: reading((field) => (/ , {2}Payment/.test(field) ? 'Bearer' : field)) },
  }),
  fault({
    name: 'reads-one-spelling',
    breaks: 'CORE-CHAL-001',
    caughtBy: ['selection.spelt'],
    variant: {
      fetch: reading((field) => (/(^|, +)Payment id="[^"]*", realm="/.test(field) ? field : 'Bearer')),
    },
  }),
  fault({
    name: 'takes-any-method-for-its-own',
    breaks: 'CORE-ACC-008',
    caughtBy: ['selection.unknown-method'],
    variant: { fetch: reading((field) => field.replace('method="temp"', 'method="tempo"')) },
  }),
  fault({
    name: 'takes-any-intent-for-a-session',
    breaks: 'CORE-CHAL-032',
    caughtBy: ['selection.unknown-intent'],
    variant: { fetch: reading((field) => field.replace('intent="session-2"', 'intent="session"')) },
  }),
  fault({
    name: 'takes-any-scheme-for-payment',
    breaks: 'CORE-ACC-008',
    caughtBy: ['selection.unknown-scheme'],
    variant: { fetch: reading((field) => field.replace(/^Payments/, Challenge.scheme)) },
  }),
  fault({
    name: 'prefers-in-no-grammar',
    breaks: 'CORE-ACC-001',
    caughtBy: ['selection.preference'],
    variant: {
      fetch: (fetch) => (input, init) => {
        const headers = new Headers(init?.headers)
        headers.set('accept-payment', 'tempo session, q=high')
        return fetch(input, { ...init, headers })
      },
    },
  }),
  fault({
    name: 'excludes-what-it-pays-by',
    breaks: 'CORE-ACC-001',
    caughtBy: ['selection.preference'],
    variant: {
      fetch: (fetch) => (input, init) => {
        const headers = new Headers(init?.headers)
        headers.set('accept-payment', 'tempo/session;q=0, tempo/charge, */*;q=0.1')
        return fetch(input, { ...init, headers })
      },
    },
  }),
  fault({
    name: 'needs-a-document',
    breaks: 'DISC-002',
    caughtBy: ['selection.fields', 'selection.folded', 'selection.spelt', 'selection.no-discovery'],
    variant: { does: discovering(async (document) => document.ok) },
  }),
  fault({
    name: 'believes-the-document',
    breaks: 'DISC-010',
    caughtBy: ['selection.lying-discovery'],
    variant: {
      does: discovering(async (document) => !document.ok || !(await document.text()).includes('7000000')),
    },
  }),
]
