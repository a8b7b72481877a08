/**
 * Servers that do not look at one member of a payload, in one action by one method: they take it where it is missing, or
 * where it is altered. Of all of these, the suite proves one for each row and kind, each at another place; the rest are
 * held out, and test/conformance/held-out.test.ts judges them.
 */
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as ChannelId from '../../../../../src/contracts/channel-id.ts'
import * as Descriptor from '../../../../../src/contracts/descriptor.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import type { SessionProtocol } from '../../../../../src/contracts/voucher.ts'
import type { Alteration } from '../../../../peers/mpp/payee/alteration.ts'
import { forgettingRules } from '../../../../peers/mpp/payee/forgetting.ts'
import { alterPayload, at, inventedReceipt, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { type Action, actions, type Method, methods } from '../bench.ts'
import { fault, type ServerFault } from '../fault.ts'
import { type Rows, rowsOf } from './payload-members.ts'

type Row = keyof Rows

/** The member that a row is about. */
const memberOf: Readonly<Record<Row, string>> = {
  action: 'action',
  type: 'type',
  'channel-id': 'channelId',
  descriptor: 'descriptor',
  amount: 'cumulativeAmount',
  signature: 'signature',
  signer: 'authorizedSigner',
  transaction: 'transaction',
  'additional-deposit': 'additionalDeposit',
  consent: 'closeSignature',
}

/** Where a member is not looked at. */
export interface Place {
  protocol: SessionProtocol
  row: Row
  action: Action
  method: Method
  kind: 'missing' | 'altered'
}

/** Every place that a table tries. */
export const places: readonly Place[] = (['v2', 'v1'] as const).flatMap((protocol) =>
  (Object.entries(rowsOf(protocol)) as [Row, Rows[Row]][]).flatMap(([row, tried]) =>
    actions.flatMap((action) => {
      if (typeof tried[action] === 'string') return []
      const kinds = row === 'signer' ? (['altered'] as const) : (['missing', 'altered'] as const)
      return kinds.flatMap((kind) => methods.map((method) => ({ protocol, row, action, method, kind })))
    }),
  ),
)

/** What a payload does, by its members where its action does not say; a v1 close looks like a voucher. */
function actionOf(payload: Json.JsonObject, alike: 'voucher' | 'close' = 'voucher'): string {
  const { action, transaction, additionalDeposit, closeSignature } = payload
  if ((actions as readonly unknown[]).includes(action)) return String(action)
  if (transaction !== undefined) return additionalDeposit === undefined ? 'open' : 'topUp'
  return closeSignature === undefined ? alike : 'close'
}

/** The server that does not look there. */
export function overlooking({ protocol, row, action, method, kind }: Place): ServerFault {
  const onV1 = at('/v1')
  const alike = protocol === 'v1' && action === 'close' ? 'close' : 'voucher'
  const here = (request: Request): boolean => {
    const payload = payloadOf(request)
    const known = Object.keys(payload).length > 0 && actionOf(payload, alike) === action
    return known && request.method === method && onV1(request) === (protocol === 'v1')
  }
  const feature = protocol === 'v1' ? 'v1-members' : 'members'
  return fault({
    name: `${feature}-${action}-${kind}-${row}-by-${method}`.toLowerCase(),
    breaks: row === 'type' ? 'SESS-CRED-005' : row === 'consent' ? 'SESS-CLOSE-015' : 'SESS-CRED-004',
    caughtBy: [
      ...shownIn({ protocol, row, action, kind }).map((each) => `${feature}.${each}`),
      ...auditsOf({ protocol, row, action, kind }),
    ],
    ...(kind === 'missing' && row !== 'action'
      ? withoutIt(here, memberOf[row])
      : whateverItIs(here, row, protocol, action)),
  })
}

type Unplaced = Omit<Place, 'method'>

/** The rows that show it: two where a member is compared with another one. */
function shownIn({ protocol, row, action, kind }: Unplaced): readonly Row[] {
  const compared = [
    // A signature that nobody checks is good for any amount.
    ['amount', 'signature'],
    // The id of a v1 channel follows from the transaction that opens it.
    ...(protocol === 'v1' && action === 'open' ? [['channel-id', 'transaction']] : []),
  ] as Row[][]
  return (kind === 'altered' && compared.find((rows) => rows.includes(row))) || [row]
}

/** The rules of the audit that show it too, at the places that the suite proves. */
function auditsOf({ protocol, row, action, kind }: Unplaced): readonly string[] {
  if (kind === 'missing') return []
  if (protocol === 'v2' && (row === 'amount' || row === 'signature')) return ['audit.books-within-vouchers']
  return action === 'open' && row === 'transaction' ? ['audit.conserved'] : []
}

/** Takes a payload that lacks the member. */
function withoutIt(here: (request: Request) => boolean, member: string): Alteration {
  const lacks = (request: Request) => here(request) && payloadOf(request)[member] === undefined
  return {
    http: (handler) => async (request) => (lacks(request) ? inventedReceipt(request) : handler(request)),
  }
}

/** Takes a payload whatever the member says. */
function whateverItIs(
  here: (request: Request) => boolean,
  row: Row,
  protocol: SessionProtocol,
  action: Action,
): Alteration {
  const opens = action === 'open'
  switch (row) {
    case 'action':
      return { http: alterPayload(here, (payload) => Object.assign(payload, { action })) }
    case 'type':
      return { http: alterPayload(here, (payload) => Object.assign(payload, { type: 'transaction' })) }
    case 'channel-id':
      if (protocol === 'v2') return { http: alterPayload(here, rederive) }
      return opens
        ? forgettingRules(here, { escrowOpen: ['channelIdIsDerived'], opened: 'all' })
        : unknownChannels(here)
    case 'descriptor':
      return opens
        ? forgettingRules(here, { descriptor: 'all', openTransaction: 'all' })
        : rememberedDescriptor(here)
    case 'amount':
    case 'signature':
      return forgettingRules(here, { signature: ['bySigner'] })
    case 'signer':
      return forgettingRules(here, { openTransaction: ['signerIsDescribed'] })
    case 'transaction':
      return opens
        ? forgettingRules(here, {
            openTransaction: ['opensDescriptor', 'hashIsDescribed'],
            escrowOpen: ['channelIdIsDerived'],
            opened: 'all',
          })
        : forgettingRules(here, { topUpTransaction: 'all', escrowTopUp: 'all', toppedUp: 'all' })
    case 'additional-deposit':
      return forgettingRules(here, {
        topUpTransaction: ['amountIsClaimed'],
        escrowTopUp: ['amountIsClaimed'],
        toppedUp: ['emitted'],
      })
    case 'consent':
      return forgettingRules(here, { closeAuthorization: 'all' })
  }
}

/** The chain of the stand-in. */
const chainId = 42_431

/** The id that the descriptor gives, where it is whole. */
function rederive(payload: Json.JsonObject): void {
  const descriptor = payload['descriptor']
  if (!Json.isObject(descriptor) || Descriptor.fields.some((name) => descriptor[name] === undefined)) return
  const place = { escrow: Reserve.address, chainId }
  payload['channelId'] = ChannelId.v2(Descriptor.fromJson(descriptor), place)
}

/** Takes channels that the server does not know. */
const unknownChannels = (here: (request: Request) => boolean): Alteration => ({
  http:
    (handler, { store }) =>
    async (request) => {
      const id = here(request) ? payloadOf(request)['channelId'] : undefined
      const unknown = typeof id === 'string' && (await store.get(id as Bytes32)) === undefined
      return unknown ? inventedReceipt(request) : handler(request)
    },
})

/** Goes by the descriptor that it remembers of a channel. */
const rememberedDescriptor = (here: (request: Request) => boolean): Alteration => ({
  http:
    (handler, { store }) =>
    async (request) => {
      const record = here(request)
        ? await store.get(String(payloadOf(request)['channelId']) as Bytes32)
        : undefined
      if (record === undefined) return handler(request)
      const descriptor = Descriptor.toJson(record.descriptor)
      return alterPayload(here, (payload) => Object.assign(payload, { descriptor }))(handler)(request)
    },
})

/** One place for each row and kind, each another one, so that every action and every method is seen to count. */
function proved(protocol: SessionProtocol): readonly ServerFault[] {
  const rows = [...new Set(places.flatMap((place) => (place.protocol === protocol ? place.row : [])))]
  return rows.flatMap((row, i) =>
    (['missing', 'altered'] as const).flatMap((kind, j) => {
      const own = places.filter(
        (each) => each.protocol === protocol && each.row === row && each.kind === kind,
      )
      return own.length === 0 ? [] : overlooking(own[(5 * i + 7 * j) % own.length] as Place)
    }),
  )
}

export const faults = proved('v2')
export const faultsOfV1 = proved('v1')
