/** Explains JSON objects: what an object is shows in its members. */
import type * as Json from '../../codec/json.ts'
import { decodeWith } from '../../codec/schema.ts'
import * as ChannelId from '../../contracts/channel-id.ts'
import * as Discovery from '../../mpp/wire/discovery.ts'
import * as Events from '../../mpp/wire/events.ts'
import * as Mcp from '../../mpp/wire/mcp.ts'
import * as Problem from '../../mpp/wire/problem.ts'
import * as Receipt from '../../mpp/wire/receipt.ts'
import * as Snapshot from '../../mpp/wire/snapshot.ts'
import { explainChallenge, explainEcho, explainRequest } from './challenge.ts'
import { explainBarePayload, explainCredential } from './credential.ts'
import {
  type Check,
  type Context,
  check,
  type Explanation,
  flatten,
  money,
  open,
  rows,
} from './explanation.ts'
import { Malformed, reading } from './malformed.ts'

type Explain = (value: Json.JsonObject, context: Context) => Explanation

/** A final or running receipt: of a session, or of any other method. */
export function explainReceipt(value: Json.JsonObject): Explanation {
  const session = value['method'] === 'tempo' && value['intent'] === 'session'
  if (!session) {
    const core = reading('the receipt', '', () => decodeWith(Receipt.coreSchema, value), value)
    return {
      title: `receipt of ${core.method}`,
      sections: [{ title: 'receipt', rows: flatten(value) }],
      checks: [],
    }
  }
  const receipt = reading('the receipt', '', () => Receipt.fromJson(value), value)
  const { acceptedCumulative, spent } = receipt
  return {
    title: 'receipt of a tempo session',
    sections: [
      {
        title: 'receipt',
        rows: rows(
          ['status', receipt.status],
          ['timestamp', receipt.timestamp],
          ['challenge', receipt.challengeId],
          ['channel', receipt.channelId],
          ['accepted', money(acceptedCumulative)],
          ['spent', money(spent)],
          ['units', receipt.units?.toString()],
          ['transaction', receipt.txHash],
        ),
      },
    ],
    checks: [
      check(
        receipt.reference === receipt.channelId,
        'reference is the channel',
        `reference is not the channel: ${receipt.reference}`,
      ),
      check(
        spent <= acceptedCumulative,
        `vouchers cover what was spent; ${acceptedCumulative - spent} base units are left`,
        'more was spent than vouchers were accepted for',
      ),
    ],
  }
}

/** What a server knows of a reusable channel. */
export function explainSnapshot(value: Json.JsonObject): Explanation {
  const snapshot = reading('the snapshot', '', () => decodeWith(Snapshot.schema, value), value)
  const { descriptor, escrow, chainId, channelId, acceptedCumulative, deposit, settled, spent } = snapshot
  const id = ChannelId.v2(descriptor, { escrow, chainId })
  const ordered: [boolean, string][] = [
    [spent <= acceptedCumulative, 'spent is over accepted'],
    [settled <= acceptedCumulative, 'settled is over accepted'],
    [acceptedCumulative <= deposit, 'accepted is over the deposit'],
  ]
  const wrong = ordered.filter(([holds]) => !holds).map(([, why]) => why)
  const checks: Check[] = [
    check(
      id === channelId,
      `channel id is that of the descriptor on chain ${chainId}`,
      `channel id is not that of the descriptor on chain ${chainId}, ${id}`,
    ),
    check(
      wrong.length === 0,
      'the figures are in order: spent and settled ≤ accepted ≤ deposit',
      wrong.join(', '),
    ),
    open('a claim of the server: the deposit and what is settled stand on chain'),
  ]
  const { token } = descriptor
  return {
    title: 'snapshot of a session channel',
    sections: [
      {
        title: 'snapshot',
        rows: rows(
          ['channel', channelId],
          ['escrow', escrow],
          ['chain', String(chainId)],
          ['deposit', money(deposit, token)],
          ['settled', money(settled, token)],
          ['accepted', money(acceptedCumulative, token)],
          ['spent', money(spent, token)],
          ['next voucher', money(snapshot.requiredCumulative, token)],
          ['units', snapshot.units?.toString()],
          ['close requested at', snapshot.closeRequestedAt?.toString()],
        ),
      },
      { title: 'descriptor', rows: flatten(descriptor as Json.JsonObject) },
    ],
    checks,
  }
}

/** The data of a need-voucher event. */
function explainNeedVoucher(value: Json.JsonObject): Explanation {
  const need = reading('the event', '', () => decodeWith(Events.needVoucherSchema, value), value)
  return {
    title: 'request for a voucher',
    sections: [
      {
        title: 'need-voucher',
        rows: rows(
          ['channel', need.channelId],
          ['sign at least', money(need.requiredCumulative)],
          ['accepted so far', money(need.acceptedCumulative)],
          ['deposit', money(need.deposit)],
        ),
      },
    ],
    checks: [
      check(
        need.requiredCumulative <= need.deposit,
        'the deposit covers it',
        'the deposit does not cover it: a top-up comes first',
      ),
    ],
  }
}

function explainProblem(value: Json.JsonObject): Explanation {
  const problem = reading('the problem', '', () => decodeWith(Problem.schema, value), value)
  const slug = Problem.slug(problem)
  return {
    title: slug === undefined ? 'problem details' : `problem: ${slug}`,
    sections: [{ title: 'problem', rows: flatten(value) }],
    checks:
      slug === undefined || problem.status === undefined
        ? []
        : [
            check(
              problem.status === Problem.table[slug].status,
              'the status is that of this problem',
              `the status of this problem is ${Problem.table[slug].status}`,
            ),
          ],
  }
}

function explainDocument(value: Json.JsonObject): Explanation {
  const { title, version, operations } = reading(
    'the document',
    '',
    () => Discovery.decode(JSON.stringify(value)),
    value,
  )
  return {
    title: `discovery document: ${title} ${version}`,
    sections: [
      {
        title: 'payable operations',
        rows: operations.flatMap(({ verb, path, offers }) =>
          offers.map((offer) => [
            `${verb.toUpperCase()} ${path}`,
            `${offer.method} ${offer.intent}, ${offer.amount ?? 'an amount that depends'} ${offer.currency ?? ''}`,
          ]),
        ),
      },
    ],
    checks: operations.map(({ verb, path, declares402 }) =>
      check(
        declares402,
        `${verb.toUpperCase()} ${path} lists its 402`,
        `${verb.toUpperCase()} ${path} does not list its 402`,
      ),
    ),
  }
}

function explainRpc(value: Json.JsonObject, context: Context): Explanation {
  const found = reading('the message', '', () => {
    const credential = Mcp.credentialOf(value)
    const receipt = Mcp.receiptOf(value)
    const error = 'error' in value ? Mcp.decodeError(value['error']) : undefined
    return { credential, receipt, error }
  })
  if (found.credential !== undefined)
    return explainCredential(found.credential as unknown as Json.JsonObject, context)
  if (found.receipt !== undefined)
    return {
      title: 'receipt in JSON-RPC',
      sections: [{ title: 'receipt', rows: flatten(found.receipt as Json.JsonObject) }],
      checks: [],
    }
  if (found.error === undefined) throw unknown(value)
  const parts = found.error.challenges.map((challenge) => explainChallenge(challenge, context))
  return {
    title: `JSON-RPC error ${found.error.code}: ${parts.length} challenge${parts.length === 1 ? '' : 's'}`,
    sections: parts.flatMap(({ sections }) => sections),
    checks: parts.flatMap(({ checks }) => checks),
  }
}

/** An x402 object, told by its version: shown member by member. */
export function explainX402(value: Json.JsonObject): Explanation {
  const what =
    'accepts' in value
      ? 'payment required'
      : 'payload' in value
        ? 'payment'
        : 'transaction' in value
          ? 'settlement'
          : 'object'
  return {
    title: `x402 ${what}${'x402Version' in value ? `, version ${JSON.stringify(value['x402Version'])}` : ''}`,
    sections: [{ title: what, rows: flatten(value) }],
    checks: [open('x402 is shown as it stands; nothing of it is verified')],
  }
}

function explainBareRequest(value: Json.JsonObject): Explanation {
  const details = value['methodDetails']
  const session = typeof details === 'object' && details !== null && 'escrowContract' in details
  const section = explainRequest(value, session ? 'tempo' : '', session ? 'session' : 'charge')
  return { title: `request of a ${session ? 'session' : 'charge'}`, sections: [section], checks: [] }
}

/** Members that give an object away, the most telling first. */
const kinds: readonly (readonly [members: readonly string[], explain: Explain])[] = [
  [['x402Version'], explainX402],
  [['success', 'transaction', 'network'], explainX402],
  [['challenge', 'payload'], explainCredential],
  [['jsonrpc'], explainRpc],
  [['openapi'], explainDocument],
  [['acceptedCumulative', 'descriptor'], explainSnapshot],
  [['acceptedCumulative', 'requiredCumulative'], explainNeedVoucher],
  [['status', 'timestamp'], explainReceipt],
  [['action', 'channelId'], explainBarePayload],
  [['id', 'realm', 'request'], explainEcho],
  [['amount', 'currency'], explainBareRequest],
  [['type', 'title'], explainProblem],
  [['type', 'status'], explainProblem],
]

/** Whatever the object is. Throws `Malformed` when it is none that is known, or a broken one. */
export function explainObject(value: Json.JsonObject, context: Context): Explanation {
  const kind = kinds.find(([members]) => members.every((name) => Object.hasOwn(value, name)))
  if (kind === undefined) throw unknown(value)
  return kind[1](value, context)
}

const unknown = (value: Json.JsonObject): Malformed =>
  new Malformed('bad-value', 'a JSON object, but none of a payment', {
    layer: 'the members',
    text: Object.keys(value).join(', ') || '(none)',
  })
