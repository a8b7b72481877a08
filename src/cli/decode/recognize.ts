/** Tells what a text is: a header line, a token, JSON, an event, or hex. */
import * as Transaction from '../../chain/transaction.ts'
import * as Digest from '../../codec/digest.ts'
import * as Field from '../../codec/field.ts'
import * as Hex from '../../codec/hex.ts'
import * as IdempotencyKey from '../../codec/idempotency-key.ts'
import * as Sse from '../../codec/sse.ts'
import * as Utf8 from '../../codec/utf8.ts'
import * as Signature from '../../keys/signature.ts'
import * as Preferences from '../../mpp/wire/preferences.ts'
import * as Receipt from '../../mpp/wire/receipt.ts'
import * as SessionField from '../../mpp/wire/session-field.ts'
import * as Snapshot from '../../mpp/wire/snapshot.ts'
import * as Source from '../../mpp/wire/source.ts'
import * as Challenges from './challenge.ts'
import * as Credentials from './credential.ts'
import { type Context, check, type Explanation, rows } from './explanation.ts'
import { Malformed, objectIn, objectInBase64, objectOf, reading } from './malformed.ts'
import { explainObject, explainReceipt, explainSnapshot, explainX402 } from './objects.ts'

type Explain = (value: string, context: Context) => Explanation

const listed = (title: string, list: Explanation['sections'][number]['rows']): Explanation => ({
  title,
  sections: [{ title, rows: list }],
  checks: [],
})

function receiptField(value: string): Explanation {
  const object = objectIn(Field.trim(value), 'the receipt')
  reading('the receipt', value, () => Receipt.decodeCore(value), object)
  return explainReceipt(object)
}

function snapshotField(value: string): Explanation {
  const object = objectIn(Field.trim(value), 'the snapshot')
  reading('the snapshot', value, () => Snapshot.decode(value), object)
  return explainSnapshot(object)
}

const x402Field: Explain = (value) => explainX402(objectInBase64(Field.trim(value), 'the x402 value'))

/** The fields of payments, by name in lower case. */
const fields: Readonly<Record<string, Explain>> = {
  'www-authenticate': Challenges.explainField,
  authorization: Credentials.explainField,
  'payment-authorization': Credentials.explainField,
  'payment-receipt': receiptField,
  'payment-session-snapshot': snapshotField,
  'payment-session': (value) =>
    listed('channel to go on with', [
      ['channel', reading('the field', value, () => SessionField.decode(value))],
    ]),
  'accept-payment': (value) =>
    listed(
      'payment preferences',
      reading('the field', value, () => Preferences.decode(value)).map(({ method, intent, q }) => [
        `${method}/${intent}`,
        q === 0 ? 'never' : `weight ${q}`,
      ]),
    ),
  'idempotency-key': (value) =>
    listed('idempotency key', [['key', reading('the field', value, () => IdempotencyKey.decode(value))]]),
  'content-digest': (value) =>
    listed(
      'digest of a body',
      [...reading('the field', value, () => Digest.decode(value))].map(([name, bytes]) => [
        name,
        Hex.encode(bytes),
      ]),
    ),
  'payment-required': x402Field,
  'payment-signature': x402Field,
  'payment-response': x402Field,
  'x-payment': x402Field,
  'x-payment-response': x402Field,
}

/** Explains a text. Throws `Malformed`. */
export function explainText(input: string, context: Context): Explanation {
  // As curl prints it.
  const text = input.replace(/^[<>] /, '')
  const line = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\s\S]*)$/.exec(text)
  const name = line?.[1]?.toLowerCase() ?? ''
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field !== undefined) return field(Field.trim(line?.[2] ?? ''), context)
  if (/^payment[ \t]/i.test(text)) {
    const bare = /^[^ \t]+[ \t]+[^ \t=,"]+=*[ \t]*$/.test(text)
    return bare ? Credentials.explainField(text, context) : Challenges.explainField(text, context)
  }
  if (text.startsWith('{')) return explainObject(objectOf(text, 'the text'), context)
  if (/^0x/i.test(text)) return explainHex(text)
  if (text.startsWith('did:')) return explainSource(text)
  if (/^(?:event|data|id|retry)?:/.test(text)) return explainEvents(text, context)
  if (line !== null)
    throw new Malformed('bad-value', 'no payment travels in this field', {
      layer: 'the field name',
      text: name,
    })
  if (/[ \t,"]/.test(text)) return Challenges.explainField(text, context)
  return explainToken(text, context)
}

/** A bare token: base64url, or base64 as x402 writes it. */
function explainToken(token: string, context: Context): Explanation {
  if (!/[+/=]/.test(token)) return explainObject(objectIn(token, 'the token'), context)
  try {
    return explainX402Only(token)
  } catch (error) {
    // Not x402 either: then the alphabet of base64url is what was broken.
    if (!(error instanceof Malformed)) throw error
    return explainObject(objectIn(token, 'the token'), context)
  }
}

function explainX402Only(token: string): Explanation {
  const value = objectInBase64(token, 'the token')
  if (!('x402Version' in value) && !('success' in value))
    throw new Malformed('bad-value', 'not x402', { layer: 'the token', text: token })
  return explainX402(value)
}

function explainSource(text: string): Explanation {
  const { chainId, address } = reading('the source', text, () => Source.decode(text))
  return listed('source of a credential', [
    ['chain', String(chainId)],
    ['account', address],
  ])
}

/** Hex: a signature, a signed transaction, or 32 bytes that only their place can tell. */
function explainHex(text: string): Explanation {
  const hex = reading('the hex', text, () => Hex.normalize(text))
  const bytes = (hex.length - 2) / 2
  if (bytes === 64 || bytes === 65) {
    const signature = reading('the signature', text, () => Signature.decode(text))
    const { r, s, yParity } = signature
    const word = (value: bigint) => `0x${value.toString(16).padStart(64, '0')}`
    const form = bytes === 64 ? '64 bytes, EIP-2098' : '65 bytes, r s v'
    const canonical = Signature.isCanonical(signature)
    return {
      ...listed(
        'signature',
        rows(['form', form], ['r', word(r)], ['s', word(s)], ['v', String(27 + yParity)]),
      ),
      checks: [check(canonical, 's is low, as it must be', 's is high: refused everywhere')],
    }
  }
  if (hex.startsWith('0x76') || hex.startsWith('0x78')) {
    const sent = reading('the transaction', text, () => Transaction.decode(hex))
    return listed(
      'Tempo transaction',
      rows(
        ['hash', sent.hash],
        ['chain', String(sent.chainId)],
        ['sender', sent.sender],
        ['fee payer', sent.feePayer],
        ['fee token', sent.feeToken],
        ['expiring nonce hash', sent.expiringNonceHash],
        ...sent.calls.map(
          ({ to, data }, index) => [`call ${index + 1}`, `${to ?? 'creation'} ${data.slice(0, 10)}`] as const,
        ),
      ),
    )
  }
  if (bytes === 32) return listed('32 bytes: a channel id or a hash', [['value', hex]])
  if (bytes === 20) return listed('address', [['value', hex]])
  throw new Malformed('bad-length', `no payment value has ${bytes} bytes of hex`, { layer: 'the hex', text })
}

/** Server-sent events, as copied from a stream. */
function explainEvents(text: string, context: Context): Explanation {
  const events = reading('the events', text, () => Sse.reader().push(Utf8.encode(`${text}\n\n`)))
  if (events.length === 0)
    throw new Malformed('missing', 'no event: none has data', { layer: 'the events', text })
  const parts = events.map(
    ({ event, data }): Explanation =>
      event.startsWith('payment-')
        ? explainObject(objectOf(data, `the data of ${event}`), context)
        : listed(`content event ${event}`, [['data', data]]),
  )
  const [first, ...more] = parts
  return first !== undefined && more.length === 0
    ? first
    : {
        title: `${parts.length} events`,
        sections: parts.flatMap(({ sections }) => sections),
        checks: parts.flatMap(({ checks }) => checks),
      }
}
