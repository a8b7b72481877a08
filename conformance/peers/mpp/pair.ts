/**
 * A client buys from a server, and neither is the kit's: the kit passes on what they say, writes it down, and counts
 * the money by its books and by the chain.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathUsd } from '../../../src/contracts/token.ts'
import type { Handler } from '../../../src/http/handler.ts'
import type { KeyAccount } from '../../../src/keys/accounts.ts'
import type { Ran } from '../../harness/command.ts'
import type { Drive } from '../../harness/drive.ts'
import type { Environment } from '../../harness/environment.ts'
import { Recorder, Trace } from '../../kit/trace.ts'
import { books } from './books/books.ts'
import { delivered } from './books/channel.ts'
import { Ledger } from './books/ledger.ts'
import { figures, judge } from './books/rules.ts'
import { KnownChannels } from './payee/shop/channels.ts'
import type { Seen } from './payee/shop/sent.ts'
import { serve } from './payee/shop/serve.ts'
import { fees, handedOver, lookUp } from './payee/shop/takings.ts'
import { witness } from './payee/shop/witness.ts'

export interface Pairing {
  /** The paid stream. */
  url: string
  /** Price of a unit, in base units; each event is one. */
  price: bigint
  /** Units of the whole stream. */
  units: number
  drive: Drive
  environment: Environment
  payer: KeyAccount
  /** Most the client may deposit, in tokens. */
  maxDeposit: string
  timeoutMs: number
}

/**
 * `paid`: everything came, was paid for exactly, and the channel is closed. `short`: it ended before, and what came is
 * paid for. `nothing`: nothing was bought. `wrong`: the money does not add up.
 */
export type PairVerdict = 'paid' | 'short' | 'nothing' | 'wrong'

/** What a pair came to; amounts in base units. */
export interface Paired {
  verdict: PairVerdict
  /** Why it is not `paid`. */
  why?: string
  units: number
  topUps: number
  deposited: bigint
  captured: bigint
  refunded: bigint
  /** Left in channels that are open. */
  locked: bigint
  fees: bigint
}

/** What every payer has at first, in base units. */
const funds = 10_000_000n

/** Lets a client buy a stream and close, and audits it. */
export async function pair({ url, drive, environment, payer, ...pairing }: Pairing): Promise<Paired> {
  const recorder = new Recorder(new Trace(), 'pair')
  const ledger = new Ledger(recorder)
  const channels = new KnownChannels(environment.chainId)
  const seen: Seen[] = []
  await environment.fund(payer, pathUsd, funds)
  const amount = await environment.chain.balance(pathUsd, payer.address)
  ledger.record({ payer: payer.address, is: 'funded', amount })
  const { origin, pathname } = new URL(url)
  const { price } = pairing
  const watching = { recorder, ledger, seen, visit: () => 0, price, channels, issued: [] }
  const selling = { streamsAlone: true, isUnit: () => true }
  const between = await serve(witness({ ...watching, ...selling })(passingOn(origin)))
  const stateDir = mkdtempSync(join(tmpdir(), 'streamed-payments-pair-'))
  let ran: Ran
  try {
    ran = await drive({
      url: `${between.url}${pathname}`,
      timeoutMs: pairing.timeoutMs,
      env: {
        RPC_URL: environment.nodeUrl,
        CHAIN_ID: String(environment.chainId),
        CURRENCY: pathUsd,
        PRIVATE_KEY: payer.privateKey,
        MAX_DEPOSIT: pairing.maxDeposit,
        STATE_DIR: stateDir,
      },
    })
  } finally {
    await between.close()
    rmSync(stateDir, { recursive: true, force: true })
  }
  const counted = { options: { environment, payer, ledger } }
  for (const channel of channels.all) await lookUp(counted, channel)
  await fees(counted, handedOver({ seen }))
  const now = books(recorder.since(0))
  const total = figures(now)
  const came = [...now.channels.values()].reduce((sum, channel) => sum + delivered(channel), 0)
  const broken = judge(now).find(({ verdict }) => verdict === 'fail')
  const topUps = new Set(
    seen.flatMap(({ credential, status = 0 }) =>
      credential?.payload?.action === 'topUp' && status < 300 ? [credential.payload.transaction] : [],
    ),
  ).size
  return {
    ...verdictOf({ broken: broken?.message, came, all: pairing.units, locked: total['locked'] ?? 0n, ran }),
    units: came,
    topUps,
    deposited: total['deposited'] ?? 0n,
    captured: total['captured'] ?? 0n,
    refunded: total['refunded'] ?? 0n,
    locked: total['locked'] ?? 0n,
    fees: total['fees'] ?? 0n,
  }
}

interface Ended {
  /** What the audit finds wrong. */
  broken: string | undefined
  came: number
  all: number
  locked: bigint
  ran: Ran
}

function verdictOf({ broken, came, all, locked, ran }: Ended): Pick<Paired, 'verdict' | 'why'> {
  const lines = ran.stderr.trim().split('\n')
  const last = lines.find((line) => /^\s*(\w*Error|error|message)\b/.test(line)) ?? lines.at(-1) ?? ''
  const end =
    ran.stopped === undefined ? `the client ended with ${ran.code}` : 'the client was stopped: it did not end'
  const said = last === '' ? end : `${end}: ${last.trim().slice(0, 160)}`
  if (broken !== undefined) return { verdict: 'wrong', why: broken }
  if (came === 0) return { verdict: 'nothing', why: said }
  if (came < all) return { verdict: 'short', why: `${came} of ${all} units; ${said}` }
  if (locked > 0n) return { verdict: 'short', why: `the channel is left open; ${said}` }
  return { verdict: 'paid' }
}

/** Fields that are between two neighbours, or that say how a body is sent on. */
const hops = ['connection', 'content-encoding', 'content-length', 'host', 'keep-alive', 'transfer-encoding']

/** Passes requests on to an origin, and its answers back as they come. */
const passingOn =
  (origin: string): Handler =>
  async (request) => {
    const { pathname, search } = new URL(request.url)
    const body = request.body === null ? undefined : await request.arrayBuffer()
    const answer = await fetch(`${origin}${pathname}${search}`, {
      method: request.method,
      headers: without(request.headers),
      redirect: 'manual',
      signal: request.signal,
      ...(body === undefined || body.byteLength === 0 ? {} : { body }),
    })
    const { status } = answer
    return new Response(answer.body, { status, headers: without(answer.headers) })
  }

function without(fields: Headers): Headers {
  const left = new Headers(fields)
  for (const name of hops) left.delete(name)
  return left
}
