/** Explains credentials: the echo, the payload, and every claim in it that can be checked without a chain. */
import type * as Json from '../../codec/json.ts'
import { decodeWith } from '../../codec/schema.ts'
import * as Credential from '../../mpp/wire/credential.ts'
import * as Payload from '../../mpp/wire/payload.ts'
import * as Proof from '../../mpp/wire/proof.ts'
import * as SessionRequest from '../../mpp/wire/session-request.ts'
import * as Source from '../../mpp/wire/source.ts'
import { explainChallenge } from './challenge.ts'
import {
  type Check,
  type Context,
  type Explanation,
  flatten,
  holds,
  money,
  open,
  rows,
  type Section,
} from './explanation.ts'
import { Malformed, objectIn, reading } from './malformed.ts'
import { proofChecks, sessionChecks } from './session-checks.ts'

/** A field value holding a credential. */
export function explainField(field: string, context: Context): Explanation {
  const [token, ...more] = reading('the field', field, () => Credential.extract(field))
  if (token === undefined || more.length > 0)
    throw new Malformed(
      token === undefined ? 'wrong-scheme' : 'bad-syntax',
      token === undefined ? 'no Payment credential in the field' : 'more than one Payment credential',
      { layer: 'the field', text: field, at: 0 },
    )
  const value = objectIn(token, 'the credential')
  reading('the credential', field, () => Credential.decode(field), value)
  return explainCredential(value, context)
}

/** A credential as JSON. */
export function explainCredential(value: Json.JsonObject, context: Context): Explanation {
  const credential = reading(
    'the credential',
    '',
    () => decodeWith(Credential.schema, value),
    value,
  ) as Credential.Credential
  const { challenge, source, payload } = credential
  const echo = explainChallenge(challenge, context)
  const { section, checks } = explainPayload(credential)
  return {
    title: `credential for a ${challenge.method} ${challenge.intent}`,
    sections: [
      ...echo.sections,
      { title: 'source (a claim)', rows: rows(['payer', source]) },
      section ?? { title: 'payload', rows: flatten(payload) },
    ],
    checks: [...echo.checks, ...sourceCheck(source), ...checks],
  }
}

const sourceCheck = (source: string | undefined): Check[] =>
  source === undefined || isAccount(source) ? [] : [open('source is no did:pkh of an EVM chain')]

const isAccount = (source: string): boolean => /^did:pkh:eip155:/.test(source)

function explainPayload(credential: Credential.Credential): { section?: Section; checks: Check[] } {
  const { challenge, payload } = credential
  const { source } = credential
  const payer =
    source === undefined || !isAccount(source)
      ? undefined
      : reading('the source', source, () => Source.decode(source))
  if (payload['type'] === 'proof' && challenge.intent === 'charge') {
    const proof = reading("the credential's payload", '', () => Proof.fromJson(payload), payload)
    return {
      section: { title: 'payload: a proof of the account', rows: [['signature', proof.signature]] },
      checks: proofChecks(challenge, proof.signature, payer),
    }
  }
  if (challenge.method !== 'tempo' || challenge.intent !== 'session')
    return { checks: [open(`the payload of a ${challenge.method} ${challenge.intent} is not checked`)] }
  const request = SessionRequest.decode(challenge.request)
  const decoded = reading("the credential's payload", '', () => Payload.fromJson(payload), payload)
  return {
    section: payloadSection(decoded, request.currency),
    checks: sessionChecks(decoded, request, payer),
  }
}

/** A session payload as rows. */
export function payloadSection(payload: Payload.Payload, token?: string): Section {
  const { descriptor } = payload
  return {
    title: `payload: ${payload.action}`,
    rows: [
      ...rows(
        ['channel', payload.channelId],
        [
          'cumulative amount',
          'cumulativeAmount' in payload ? money(payload.cumulativeAmount, token) : undefined,
        ],
        [
          'additional deposit',
          'additionalDeposit' in payload ? money(payload.additionalDeposit, token) : undefined,
        ],
        ['signature', 'signature' in payload ? payload.signature : undefined],
        ['close signature', 'closeSignature' in payload ? payload.closeSignature : undefined],
        [
          'transaction',
          'transaction' in payload ? `${(payload.transaction.length - 2) / 2} bytes` : undefined,
        ],
        ['authorized signer', 'authorizedSigner' in payload ? payload.authorizedSigner : undefined],
      ),
      ...(descriptor === undefined ? [] : flatten(descriptor as Json.JsonObject, 'descriptor')),
    ],
  }
}

/** A session payload that stands alone: nothing says which domain it was signed under. */
export function explainBarePayload(value: Json.JsonObject): Explanation {
  const payload = reading('the payload', '', () => Payload.fromJson(value), value)
  return {
    title: `${payload.action} payload of a tempo session`,
    sections: [payloadSection(payload, payload.descriptor?.token)],
    checks: [
      holds(`every member is well formed`),
      open('signature not verified: its domain stands in the challenge'),
    ],
  }
}
