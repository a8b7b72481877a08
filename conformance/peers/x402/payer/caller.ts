/** A server as a facilitator sees it: it makes payments of its own and asks to have them verified and settled. */
import type { ChainClient } from '../../../../src/chain/client.ts'
import type { Address } from '../../../../src/codec/hex.ts'
import type { JsonObject } from '../../../../src/codec/json.ts'
import type { Domain } from '../../../../src/contracts/transfer-authorization.ts'
import { accountFromKey, type KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'
import * as FacilitatorApi from '../../../../src/x402/wire/facilitator-api.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { networkOf } from '../../../../src/x402/wire/network.ts'
import * as Required from '../../../../src/x402/wire/required.ts'
import * as Requirements from '../../../../src/x402/wire/requirements.ts'
import { type Exchange, send } from '../../../harness/http.ts'
import type { Patience } from '../../../harness/patience.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { type Token, tokenAt } from '../token.ts'
import { objectIn } from './answer.ts'
import type { Change, Signed } from './sign.ts'
import { Wallet } from './wallet.ts'

/** A facilitator that is judged, and the token it is judged with. */
export interface Subject {
  url: string
  chain: ChainClient
  chainId: number
  token: Domain
  fund(account: KeyAccount, token: Address, amount: bigint): Promise<void>
  /** How long it is waited for. */
  patience: Patience
  versions: readonly Version[]
}

/** An answer of a facilitator, whatever it is. */
export interface Told {
  exchange: Exchange
  body: string
  said: JsonObject | undefined
}

/** A payment and what it is to pay. */
export interface Asked extends FacilitatorApi.FacilitatorRequest {
  signed: Signed
}

/** Base units of each payment. */
export const price = 10_000n
const resource = { url: 'http://shop.test/thing', description: 'a thing', mimeType: 'application/json' }

export class Caller {
  readonly subject: Subject
  readonly payee: Address
  readonly token: Token
  readonly #recorder: Recorder
  readonly #wallet: Wallet

  constructor(subject: Subject, recorder: Recorder, seed: string) {
    this.subject = subject
    this.#recorder = recorder
    this.#wallet = new Wallet(seed)
    this.payee = accountFromKey(keccakText(`x402 payee ${seed}`)).address
    this.token = tokenAt(subject.chain, subject.token.address)
  }

  get account(): KeyAccount {
    return this.#wallet.account
  }

  /** Makes a payment, lawful but for what is changed, and what it is asked to pay. */
  async make(version: Version, change: Change = {}, terms: Partial<Requirements.Terms> = {}): Promise<Asked> {
    const { chainId, token } = this.subject
    const requirements = Requirements.from(
      version,
      {
        scheme: 'exact',
        network: networkOf(version, chainId),
        amount: price,
        asset: token.address,
        payTo: this.payee,
        maxTimeoutSeconds: 60,
        extra: { name: token.name, version: token.version },
        ...terms,
      },
      resource,
    )
    const required = Required.from(version, resource, [requirements])
    const signed = await this.#wallet.sign(required, requirements, chainId, change)
    return { payment: signed.payment, requirements, signed }
  }

  verify = (asked: Asked, note?: string): Promise<Told> =>
    this.#post('/verify', FacilitatorApi.encodeRequest(asked), note)
  settle = (asked: Asked, note?: string): Promise<Told> =>
    this.#post('/settle', FacilitatorApi.encodeRequest(asked), note)
  post = (path: string, body: string, note: string): Promise<Told> => this.#post(path, body, note)

  async supported(): Promise<Told> {
    const { url, patience } = this.subject
    return told(await send(`${url}/supported`, { act: 'supported' }, this.#recorder, patience))
  }

  /** What the payee has got. */
  earned = (): Promise<bigint> => this.token.balance(this.payee)

  /** Whether the chain has taken a payment. */
  isSettled({ signed: { authorization } }: Asked): Promise<boolean> {
    return this.token.isUsed(authorization.from, authorization.nonce)
  }

  async #post(path: string, body: string, note?: string): Promise<Told> {
    const { url, patience } = this.subject
    const headers = [['content-type', 'application/json']] as const
    const options = {
      method: 'POST',
      headers,
      body,
      act: path.slice(1),
      ...(note === undefined ? {} : { note }),
    }
    return told(await send(`${url}${path}`, options, this.#recorder, patience))
  }
}

async function told(exchange: Exchange): Promise<Told> {
  const body = await exchange.text()
  return { exchange, body, said: objectIn(body) }
}
