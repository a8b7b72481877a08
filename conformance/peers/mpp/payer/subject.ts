/** The server under test as the mpp suite sees it: one URL, its terms, the chain it settles on. */

import type { ChainClient, Receipt } from '../../../../src/chain/client.ts'
import { RpcError } from '../../../../src/chain/rpc.ts'
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'
import type { JsonObject } from '../../../../src/codec/json.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import * as Challenge from '../../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../../src/mpp/wire/credential.ts'
import type * as SessionRequest from '../../../../src/mpp/wire/session-request.ts'
import * as Source from '../../../../src/mpp/wire/source.ts'
import { type Exchange, type HttpOptions, send } from '../../../harness/http.ts'
import type { Node } from '../../../harness/node.ts'
import type { Patience } from '../../../harness/patience.ts'
import type { Instance } from '../../../harness/process.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { Blocked, HarnessError, TargetError } from '../../../kit/verdict.ts'
import { Ledger } from '../books/ledger.ts'
import type { ResourceName } from '../offers.ts'
import type { Acknowledgements } from './acknowledgements.ts'
import type { Management, Reading } from './customs.ts'
import { inTime } from './in-time.ts'
import { findChallenge, type Wallet } from './legible.ts'
import { oneEach, type UnitMap } from './units/unit-map.ts'
import type { UnitMaps } from './units/unit-maps.ts'

/** Where and how a target is reached; the same for all scenarios. */
export interface SubjectOptions {
  url: string
  chain: ChainClient
  chainId: number
  /** Terms of the first challenge seen; undefined when it could not be read. */
  terms: SessionRequest.SessionRequest | undefined
  /** Why they could not be read, and the check that is about that. */
  illegible?: string
  /** Status of the answer to a request without payment. */
  unpaid?: number
  /** How long it is waited for. */
  patience: Patience
  /** What requests accept; default an event stream. */
  accept?: string
  /** Optional resources of the server, with the terms of their challenges where they could be read. */
  resources: ReadonlyMap<ResourceName, Resource>
  /** The kit's own node between the server and its chain, where there is one. */
  node?: Node
  /** Starts another instance of the server, where the kit can. */
  launch?: (env?: Readonly<Record<string, string>>) => Promise<Instance>
  /** How opens, vouchers, top-ups and closes are sent that ask for no content; default POST (customs.ts). */
  management?: Management
  /** How the books are read; default by a repeat (customs.ts). */
  reading?: Reading
  /** What it answers where no content is asked for, as far as it was learned (customs.ts). */
  acknowledgements?: Acknowledgements
  /** Whether instances look for close requests every WATCH_INTERVAL_MS milliseconds, as they are told. */
  watches?: boolean
  /** How often an instance is killed and started again; default a few times. */
  kills?: number
  /** Units of a stream that a kill may leave charged and not delivered; default 1. */
  chargeAhead?: number
  /** Least deposit the server takes, in base units, where its challenges do not say (spec/readings.md F9). */
  deposit?: bigint
  /** What was learnt of the units of its streams; without it each event is one. */
  units?: UnitMaps | undefined
  /** What the user states of them instead. */
  stated?: UnitMap
  /** Pays out to payers; on a memory chain accounts are funded without it. */
  fund(payer: KeyAccount, token: Address, amount: bigint, escrow?: Address): Promise<void>
}

/** A resource of the server beside the main stream. */
export interface Resource {
  url: string
  terms: SessionRequest.SessionRequest | undefined
  illegible?: string
}

/** How a credential is sent. */
export interface SendOptions {
  /** The resource it is sent to, when it is another than the payer's own. */
  on?: Subject
  method?: string
  challenge?: Challenge.Challenge
  /** The payer named in `source`; null leaves it out. */
  source?: Address | null
  headers?: readonly (readonly [string, string])[]
  /** What it accepts, when it is not what every request accepts. */
  accept?: string
  body?: string
  /** Takes the first answer, also one that only says to come later. */
  impatient?: boolean
  note?: string
}

/** Fields that a credential comes in, in lower case. */
const credentialFields = new Set(['authorization', Challenge.alternateField.toLowerCase()])

/** What a request for a stream accepts. */
export const eventStream = 'text/event-stream'

export class Subject {
  readonly options: SubjectOptions
  readonly recorder: Recorder
  /** Where payers of this subject write down what money does. */
  readonly ledger: Ledger

  constructor(options: SubjectOptions, recorder: Recorder, ledger: Ledger = new Ledger(recorder)) {
    this.options = options
    this.recorder = recorder
    this.ledger = ledger
  }

  /** The terms on offer. Throws `Blocked` when no challenge could be read. */
  get terms(): SessionRequest.SessionRequest {
    if (this.options.terms === undefined) throw new Blocked(this.illegible)
    return this.options.terms
  }

  /** What payers of this subject can pay. */
  get wallet(): Wallet {
    const { chainId, terms } = this.options
    return { chainId, currency: terms?.currency }
  }

  /** The session challenge of a response that they can pay, or undefined. */
  sessionIn(answer: Exchange): Challenge.Challenge | undefined {
    return findChallenge(answer, 'session', this.wallet)
  }

  /** What keeps everything from being judged that needs a challenge. */
  get illegible(): string {
    return this.options.illegible ?? 'no tempo session challenge could be read'
  }

  /** Another resource of the same server. Throws `HarnessError` when the target does not offer it. */
  at(name: ResourceName): Subject {
    const found = this.options.resources.get(name)
    if (found === undefined) throw new HarnessError(`the scenario does not say that it needs ${name}`)
    const options = { ...this.options, ...found, terms: found.terms ?? this.options.terms }
    return new Subject(options, this.recorder, this.ledger)
  }

  /** The same resource of another instance of the server. */
  of({ url }: Instance): Subject {
    const { pathname, search } = new URL(this.options.url)
    const options = { ...this.options, url: new URL(pathname + search, url).href }
    return new Subject(options, this.recorder, this.ledger)
  }

  /** The method of requests that ask for no content. */
  get management(): Management {
    return this.options.management ?? 'POST'
  }

  /** The method of requests that are refused and say why: a HEAD has no body to say it in. */
  get refusable(): 'POST' | 'GET' {
    return this.management === 'POST' ? 'POST' : 'GET'
  }

  /** How the events of its streams tell units. */
  get unit(): UnitMap {
    return this.options.units?.at(this.options.url) ?? oneEach
  }

  /** The server, as facts name it. */
  get server(): string {
    return new URL(this.options.url).origin
  }

  /** The price of `count` units, in base units; where several are charged at once, of so many charges. */
  readonly units = (count: number): bigint => this.terms.amount * BigInt(this.unit.step * count)

  /** A transaction's receipt. Throws `TargetError` when the chain has none: the server named one that is not there. */
  async transaction(hash: Bytes32): Promise<Receipt> {
    try {
      return await this.options.chain.receipt(hash)
    } catch (error) {
      if (error instanceof RpcError) throw new TargetError(`transaction ${hash}: ${error.message}`)
      throw error
    }
  }

  /** Two exchanges with the server: whatever it did before has reached us when they are over. */
  async roundTrip(): Promise<void> {
    for (let i = 0; i < 2; i++) await (await this.request({ note: 'waits for what is under way' })).text()
  }

  /** A request without payment. */
  request(options: HttpOptions & { accept?: string } = {}): Promise<Exchange> {
    const accept = ['accept', options.accept ?? this.options.accept ?? eventStream] as const
    const headers = [accept, ...(options.headers ?? [])]
    // Without an action it may be a charge, or what nobody can read.
    const pays = headers.some(([name]) => credentialFields.has(name.toLowerCase()))
    const kind = options.act === undefined && pays ? { kind: 'a credential' } : {}
    return send(this.options.url, { ...kind, ...options, headers }, this.recorder, this.options.patience)
  }

  /** A fresh challenge for this resource. Throws `Blocked` when there is none to be had. */
  async challenge(): Promise<Challenge.Challenge> {
    const answer = await this.request({ note: 'for a fresh challenge' })
    await answer.text()
    const found = this.sessionIn(answer)
    if (this.options.terms === undefined) throw new Blocked(this.illegible)
    if (found === undefined) throw new Blocked(`no tempo session challenge in a ${answer.status} response`)
    return found
  }

  /** Sends a payload as a credential, answering a fresh challenge unless one is given. */
  async pay(payload: object, options: SendOptions & { account: KeyAccount }): Promise<Exchange> {
    if (options.on !== undefined && options.on !== this)
      return options.on.pay(payload, { ...options, on: options.on })
    return inTime(async () => {
      const challenge = options.challenge ?? (await this.challenge())
      const credential = this.credential(challenge, payload, options)
      const answer = await this.sendCredential(credential, challenge, options)
      const fresh = options.challenge === undefined ? challenge : undefined
      return { answer, refused: answer.status >= 400, challenge: fresh }
    })
  }

  /** The credential for a payload. */
  credential(
    challenge: Challenge.Challenge,
    payload: object,
    { source, account }: { source?: Address | null; account: KeyAccount },
  ): Credential.Credential {
    const credential: Credential.Credential = { challenge, payload: payload as JsonObject }
    if (source !== null)
      credential.source = Source.encode({ chainId: this.options.chainId, address: source ?? account.address })
    return credential
  }

  /** Sends a credential, whatever is in it, in the field its challenge selects. */
  sendCredential(
    credential: Credential.Credential | string,
    challenge: Pick<Challenge.Challenge, 'header'>,
    options: SendOptions = {},
  ): Promise<Exchange> {
    const value = typeof credential === 'string' ? credential : Credential.encode(credential)
    const field = Challenge.credentialField(challenge) ?? 'Authorization'
    const { method = 'GET', headers = [], accept, body, note } = options
    return this.request({
      method,
      headers: [[field, value], ...headers],
      ...(accept === undefined ? {} : { accept }),
      ...(body === undefined ? {} : { body }),
      ...(note === undefined ? {} : { note }),
      ...(typeof credential === 'string' ? {} : actOf(credential)),
    })
  }
}

/** What a credential does, for the trace: its action with its amount, and the channel. */
function actOf({ payload }: Credential.Credential): { act?: string; channel?: string } {
  const { action, cumulativeAmount, additionalDeposit, channelId } = payload
  const amount = cumulativeAmount ?? additionalDeposit
  return {
    ...(typeof action === 'string' ? { act: amount === undefined ? action : `${action} ${amount}` } : {}),
    ...(typeof channelId === 'string' ? { channel: channelId.toLowerCase() } : {}),
  }
}
