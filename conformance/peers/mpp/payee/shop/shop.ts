/**
 * The kit's payee as one client meets it: a server with an alteration or none, a chain, an account with money, and a
 * folder for the client's state. The client is sent on errands here; what it sent, got and signed is written down.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Escrow from '../../../../../src/contracts/escrow.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import { pathUsd } from '../../../../../src/contracts/token.ts'
import type { Handler } from '../../../../../src/http/handler.ts'
import { devAccounts, type KeyAccount } from '../../../../../src/keys/accounts.ts'
import type { Offer } from '../../../../../src/mpp/server/offer.ts'
import { payments } from '../../../../../src/mpp/server/payments.ts'
import type { RuleOverrides } from '../../../../../src/mpp/server/rules/rules.ts'
import type { SponsorOptions } from '../../../../../src/mpp/server/sponsor/limits.ts'
import { memoryStore } from '../../../../../src/mpp/server/store/memory.ts'
import type { Ran } from '../../../../harness/command.ts'
import type { Drive } from '../../../../harness/drive.ts'
import type { Environment } from '../../../../harness/environment.ts'
import { leftBehind } from '../../../../harness/signalled.ts'
import type { Recorder } from '../../../../kit/trace.ts'
import type { Ledger } from '../../books/ledger.ts'
import type { Alteration } from '../alteration.ts'
import { delivering, oneByOne } from '../delivery.ts'
import { payee } from '../reference.ts'
import { cutting, muted } from './breaks.ts'
import { KnownChannels } from './channels.ts'
import { type Secure, securely } from './secure.ts'
import type { Seen } from './sent.ts'
import { type Bare, type Serving, serve } from './serve.ts'
import { closeAll, ending, locked, type Takings, take } from './takings.ts'
import { tolerant } from './tolerant.ts'
import { usualPrice, wares } from './wares.ts'
import { type Issued, witness } from './witness.ts'

/** How a shop differs from the usual one. */
export interface Setting {
  /** What the client is sent for; default `/stream`. */
  path?: string
  /** Units of the stream; default 8. */
  units?: number
  /** Milliseconds between units. */
  pauseMs?: number
  /** The first stream breaks off after so many units. */
  cutAfter?: number
  /** Whether an open is answered by its receipt alone. */
  mutedOpen?: boolean
  /** Whether it overlooks how credentials are written. */
  tolerant?: boolean
  offer?: Partial<Offer>
  /** What is wrong with the payee. */
  payee?: Alteration
  /** Whether its closes capture all that was signed; default what was delivered. */
  greedy?: boolean
  /** Answers past the server, on the bare connection. */
  bare?: Bare
  /** Speaks TLS, with a certificate that the client is told to trust. */
  secure?: Secure
  /** Most the client may deposit, in tokens; default 1.00. */
  maxDeposit?: string
  /** What the client is told besides. */
  env?: Readonly<Record<string, string>>
  /** Told of every request, before it is answered. */
  onRequest?: (seen: Seen) => void
}

export interface ShopOptions {
  environment: Environment
  drive: Drive
  recorder: Recorder
  ledger: Ledger
  payer: KeyAccount
  /** Longest run of the client, in milliseconds. */
  timeoutMs: number
}

/** One finished run of the client. */
export interface Visit {
  ran: Ran
  /** What the client asked for on it. */
  seen: readonly Seen[]
  /** It asked so often that it was stopped. */
  flooded: boolean
}

/** How one run of the client differs from the usual one. */
export interface VisitOptions {
  path?: string
  env?: Readonly<Record<string, string>>
  /** On another machine: with a folder for its state that was empty at first. */
  elsewhere?: boolean
  /** Kills the client when a request comes that this picks. */
  killAt?: (seen: Seen, shop: Shop) => boolean
  /** Kills the client when it is aborted. */
  kill?: AbortSignal
  /** Longest run of the client, in milliseconds; default that of the shop. */
  timeoutMs?: number | undefined
}

/** What every payer has at first, in base units. */
export const funds = 10_000_000n
/** More requests in one run of the client count as a flood. */
const maxRequests = 600

export class Shop {
  readonly setting: Setting
  readonly options: ShopOptions
  readonly channels: KnownChannels
  /** Every request, in order. */
  readonly seen: Seen[] = []
  /** Every challenge that was issued, in order. */
  readonly issued: Issued[] = []
  readonly visits: Visit[] = []
  readonly stateDir = stateFolder()
  readonly #otherStateDir = stateFolder()
  #trust: Readonly<Record<string, string>> = {}
  /** Price of a unit as it was first asked, in base units. */
  readonly price: bigint
  #serving!: Serving
  #onRequest: ((seen: Seen) => void) | undefined

  private constructor(setting: Setting, options: ShopOptions) {
    this.setting = setting
    this.options = options
    this.channels = new KnownChannels(options.environment.chainId)
    this.price = Uint.fromDecimal(setting.offer?.amount ?? usualPrice)
  }

  /** Opens a shop, with its payer funded. */
  static async open(setting: Setting, options: ShopOptions): Promise<Shop> {
    const shop = new Shop(setting, options)
    const { environment, ledger, payer } = options
    const { sessionProtocol } = setting.offer ?? {}
    const escrow = sessionProtocol === 'v1' ? Escrow.address : Reserve.address
    await environment.fund(payer, pathUsd, funds, escrow)
    const amount = await environment.chain.balance(pathUsd, payer.address)
    ledger.record({ payer: payer.address, is: 'funded', amount })
    const secure = setting.secure && securely(setting.secure, shop.#otherStateDir)
    shop.#trust = secure?.trust ?? {}
    shop.#serving = await serve(shop.#handler(), { bare: setting.bare, secure: secure?.serving })
    return shop
  }

  #handler() {
    const { payee: alteration = {}, greedy = false, units = 8, offer = {}, pauseMs = 0 } = this.setting
    const rules = greedy ? withGreed(alteration.rules) : alteration.rules
    const { environment, recorder, ledger } = this.options
    const { node } = environment
    const store = memoryStore()
    const pay = payments({
      account: payee,
      chain: alteration.chain?.(node) ?? node,
      secretKey: 'the secret of the shop that the kit keeps',
      realm: 'shop',
      store: alteration.store?.(store) ?? store,
      onError: () => undefined,
      requireCloseSignature: false,
      verifyIntervalMs: 50,
      sponsor: generous,
      ...alteration.options,
      ...(rules === undefined ? {} : { rules }),
    })
    const { deliver = oneByOne } = alteration
    const selling = alteration.deliver === undefined ? pay : delivering(pay, deliver)
    const inner = wares(selling, {
      units,
      pauseMs,
      offer: { ...offer, ...alteration.offer },
    })
    const mild = this.setting.tolerant === true ? tolerant(inner) : inner
    const altered = this.#broken(alteration.http?.(mild, { store }) ?? mild)
    const { seen, issued, price, channels } = this
    const visit = () => this.visits.length
    const onRequest = (entry: Seen) => {
      this.setting.onRequest?.(entry)
      this.#onRequest?.(entry)
    }
    return witness({ recorder, ledger, seen, issued, visit, price, channels, onRequest })(altered)
  }

  /** What breaks off, or comes without content. */
  #broken(handler: Handler): Handler {
    const { cutAfter, mutedOpen = false } = this.setting
    const open = mutedOpen ? muted(handler) : handler
    return cutAfter === undefined ? open : cutting(cutAfter)(open)
  }

  /** Where the client is sent. */
  url(path = this.setting.path ?? '/stream'): string {
    return `${this.#serving.url}${path}`
  }

  /** Price of so many units, in base units. */
  units = (count: number): bigint => this.price * BigInt(count)

  /** Runs the client once against this shop, and waits until the run has ended. */
  async visit({
    path,
    env = {},
    elsewhere = false,
    kill,
    killAt,
    timeoutMs,
  }: VisitOptions = {}): Promise<Visit> {
    const { environment, drive, payer, recorder } = this.options
    const killing = new AbortController()
    kill?.addEventListener('abort', () => killing.abort(), { once: true })
    const begun = this.seen.length
    let flooded = false
    this.#onRequest = (entry) => {
      if (this.seen.length - begun > maxRequests) {
        flooded = true
        killing.abort()
      }
      if (killAt?.(entry, this)) killing.abort()
    }
    const ran = await drive({
      url: this.url(path),
      timeoutMs: timeoutMs ?? this.options.timeoutMs,
      kill: killing.signal,
      env: {
        PAYMENT_URL: this.url(path),
        RPC_URL: environment.nodeUrl,
        CHAIN_ID: String(environment.chainId),
        CURRENCY: pathUsd,
        PRIVATE_KEY: payer.privateKey,
        MAX_DEPOSIT: this.setting.maxDeposit ?? '1.00',
        STATE_DIR: elsewhere ? this.#otherStateDir : this.stateDir,
        ...this.#trust,
        ...this.setting.env,
        ...env,
      },
    })
    const { code, stopped, strays, unreachable } = ran
    recorder.note(
      `the client ended with ${code ?? 'a signal'}${stopped === undefined ? '' : `, stopped: ${stopped}`}${strays > 0 ? `, ${strays} processes left behind` : ''}${unreachable.length > 0 ? `, ${leftBehind(unreachable)}` : ''}`,
    )
    const visit = { ran, seen: this.seen.slice(begun), flooded }
    this.visits.push(visit)
    return visit
  }

  /** Takes on chain all that the client's signatures give, and says what that was. May be called again. */
  take(): Promise<Takings> {
    return take(this)
  }

  /** Closes the client's channels on chain, as a payee may at any time; amounts as delivered. */
  closeAll(): Promise<void> {
    return closeAll(this)
  }

  /** What is locked in channels that are not over, in base units. */
  locked(): Promise<bigint> {
    return locked(this)
  }

  /** Whether the first channel is over, or its payer has asked on chain for its close; false without one. */
  async firstIsOver(): Promise<boolean> {
    const [first] = this.channels.all
    return first !== undefined && (await ending(this, first))
  }

  /** Moves the chain's clock forward; false where the chain is not the kit's own. */
  passTime(seconds: number): boolean {
    const { memory } = this.options.environment
    memory?.increaseTime(seconds)
    return memory !== undefined
  }

  /** Ends the server: requests get no answer any more. */
  vanish(): Promise<void> {
    this.#vanished ??= this.#serving.close()
    return this.#vanished
  }
  #vanished: Promise<void> | undefined

  /** Ends the server and removes the client's state. */
  async close(): Promise<void> {
    await this.vanish()
    for (const folder of [this.stateDir, this.#otherStateDir])
      rmSync(folder, { recursive: true, force: true })
  }
}

const stateFolder = (): string => mkdtempSync(join(tmpdir(), 'streamed-payments-client-'))

/** Fees are paid for every transaction that is paid for at all: what a payee finds too dear is no fault of a client. */
const generous = {
  maxGas: 30_000_000n,
  maxFeePerGas: 1_000_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000_000n,
  maxFee: 30_000_000n,
  maxValiditySeconds: 3_600,
  minDepositFees: 0,
  maxFeesPerPayerPerMinute: 1_000_000_000n,
  maxFeesPerMinute: 1_000_000_000n,
} satisfies SponsorOptions

/** Rules by which a close takes whatever was signed. */
const withGreed = (rules: RuleOverrides = {}): RuleOverrides => ({
  ...rules,
  books: {
    captureAmount: ({ accepted }, close) => Uint.max(accepted, close?.cumulativeAmount ?? 0n),
    ...rules.books,
  },
})

/** Accounts of the kit's that hostile terms may name as payee or operator. */
export const stranger = devAccounts[3] as KeyAccount
