/** Servers that read credentials too narrowly, too widely, or in the wrong place. */
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { alterCredential, alterFields } from '../../../../peers/mpp/payee/credentials.ts'
import { alterProblem, credentialOf, instead } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const authorization = (request: Request): string => request.headers.get('authorization') ?? ''

const status = (code: number) => () => new Response(null, { status: code })

const rewritten = (rewrite: (value: string) => string) =>
  alterFields((headers) => {
    const field = headers.get('authorization')
    if (field !== null) headers.set('authorization', rewrite(field))
  })

export const faults = [
  fault({
    name: 'scheme-case-matters',
    breaks: 'CORE-CRED-010',
    caughtBy: ['credential.scheme-case'],
    http: instead((request) => authorization(request).startsWith('pAYMENT'), status(401)),
  }),
  fault({
    name: 'one-space-only',
    breaks: 'CORE-CRED-001',
    caughtBy: ['credential.spaces'],
    http: instead((request) => authorization(request).startsWith('Payment  '), status(400)),
  }),
  fault({
    name: 'strict-credentials',
    breaks: 'CORE-CRED-009',
    caughtBy: ['credential.unknown-members'],
    http: instead((request) => credentialOf(request)?.challenge['later'] !== undefined, status(400)),
  }),
  fault({
    name: 'small-credentials',
    breaks: 'CORE-CRED-006',
    caughtBy: ['credential.large'],
    http: instead((request) => authorization(request).length > 6_000, status(431)),
  }),
  fault({
    name: 'serves-for-garbage',
    breaks: 'CORE-STAT-002',
    caughtBy: ['credential.malformed'],
    http: instead(
      (request) => /not\*base64url/.test(authorization(request)),
      () => new Response('a poem'),
    ),
  }),
  fault({
    name: 'malformed-called-required',
    breaks: 'CORE-PROB-003',
    caughtBy: ['credential.malformed-label'],
    http: alterProblem((_, type) => type.endsWith('malformed-credential'), 'payment-required'),
  }),
  fault({
    name: 'tolerates-padding',
    breaks: 'CORE-CRED-002',
    caughtBy: ['credential.padded'],
    http: rewritten((field) => field.replace(/=+$/, '')),
  }),
  fault({
    name: 'tolerates-plain-base64',
    breaks: 'CORE-CRED-002',
    caughtBy: ['credential.other-alphabet'],
    like: ['GHSA-8x7x-5j8g-8hcx'],
    http: rewritten((field) => field.replaceAll('+', '-').replaceAll('/', '_')),
  }),
  fault({
    name: 'guesses-the-type',
    breaks: 'CORE-CRED-013',
    caughtBy: ['credential.wrong-shape'],
    http: alterCredential(({ payload }) => {
      if (payload['action'] === 'open') payload['type'] = 'transaction'
    }),
  }),
  fault({
    name: 'wrong-shape-called-required',
    breaks: 'CORE-PROB-009',
    caughtBy: ['credential.wrong-shape-label'],
    http: alterProblem((_, type) => type.endsWith('invalid-payload'), 'payment-required'),
  }),
  fault({
    name: 'refuses-other-schemes',
    breaks: 'CORE-CRED-011',
    caughtBy: ['credential.other-scheme'],
    http: instead((request) => /^bearer /i.test(authorization(request)), status(400)),
  }),
  fault({
    name: 'finds-decoys',
    breaks: 'CORE-CRED-011',
    caughtBy: ['credential.decoy'],
    like: ['wevm/mppx#766'],
    http: rewritten((field) => /"(Payment [A-Za-z0-9_-]+)"/.exec(field)?.[1] ?? field),
  }),
  fault({
    name: 'looks-in-any-field',
    breaks: 'CORE-HDR-010',
    caughtBy: ['credential.other-field'],
    rules: { challenge: { selectedField: ok } },
  }),
  fault({
    name: 'disturbed-by-another-field',
    breaks: 'CORE-CRED-011',
    caughtBy: ['credential.foreign-field'],
    http: instead(({ headers }) => /^bearer/i.test(headers.get(Challenge.alternateField) ?? ''), status(400)),
  }),
  fault({
    name: 'takes-every-payment',
    breaks: 'CORE-CRED-008',
    caughtBy: ['credential.two', 'credential.two-fields'],
    http: (handler) => async (request) => {
      const fields = [authorization(request), request.headers.get(Challenge.alternateField) ?? '']
      const credentials = fields.flatMap((field) => field.match(/Payment [A-Za-z0-9_-]{99,}/g) ?? [])
      if (credentials.length < 2 || /"/.test(fields.join())) return handler(request)
      const { url, method } = request
      const answers = credentials.map((value) =>
        handler(new Request(url, { method, headers: { authorization: value } })),
      )
      return (await Promise.all(answers))[0] as Response
    },
  }),
]
