/** `serve`: the reference poem server. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { httpRpc } from '../chain/http-rpc.ts'
import type { Rpc } from '../chain/rpc.ts'
import type { Address } from '../codec/hex.ts'
import * as Uint from '../codec/uint.ts'
import * as Utf8 from '../codec/utf8.ts'
import type { SessionProtocol } from '../contracts/voucher.ts'
import { listen } from '../http/listen.ts'
import { devAccounts, type KeyAccount } from '../keys/accounts.ts'
import { poemServer } from '../mpp/server/example/server.ts'
import { payments } from '../mpp/server/payments.ts'
import { lmdbStore } from '../mpp/server/store/lmdb.ts'
import type { ChannelRecord } from '../mpp/server/store/record.ts'
import type { ChannelStore } from '../mpp/server/store/store.ts'
import { describeFailure, owed, UnclaimedChannels } from '../mpp/server/unclaimed.ts'
import { minSecretBytes } from '../mpp/wire/binding.ts'
import { defaultRpcPort, startChain } from './chain.ts'
import { keptIn } from './data-folder.ts'
import { account, address, tokens } from './options.ts'
import { CliError, integer, interrupted, messageOf, print } from './output.ts'
import { plainLine } from './plain.ts'
import { type UnclaimedStore, unclaimedStore } from './unclaimed-store.ts'

/** Longest time a timer of the platform holds, in milliseconds. */
const maxIntervalMs = 2_147_483_647
/** Longest wait for clients to read the ends of their streams when the server is stopped. */
const graceMs = 2_000

interface Options {
  port: number
  rpcUrl?: string
  chainId?: number
  currency?: Address
  privateKey?: KeyAccount
  dataDir?: string
  challengeTtl: number
  settleThreshold?: bigint
  sessionProtocol: SessionProtocol
  chargeAhead: number
  verifyInterval: number
  keepAlive: number
  watchInterval: number
  settleInterval?: number
  closeIdleAfter?: number
  claimTimeout: number
  unclaimed: string
  requireCloseSignature: boolean
}

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the reference server: a poem for $0.001 a word')
    .addOption(
      new Option('--port <port>', 'port to listen on (0: any free one)')
        .env('PORT')
        .default(3000)
        .argParser(integer(0, 65_535)),
    )
    .addOption(
      new Option(
        '--rpc-url <url>',
        `chain to settle on (default: a memory chain of its own, on port ${defaultRpcPort} if free)`,
      ).env('RPC_URL'),
    )
    .addOption(
      new Option('--chain-id <id>', 'refuse to run on any other chain')
        .env('CHAIN_ID')
        .argParser(integer(1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(
      new Option('--currency <address>', 'token to be paid in (default: pathUSD)')
        .env('CURRENCY')
        .argParser(address),
    )
    .addOption(
      new Option('--private-key <hex>', 'account that is paid (default: the first development account)')
        .env('PAYEE_PRIVATE_KEY')
        .argParser(account),
    )
    .addOption(
      new Option('--data-dir <folder>', 'keep channels on disk (default: in memory)').env('DATA_DIR'),
    )
    .addOption(
      new Option('--challenge-ttl <seconds>', 'how long a challenge can be answered')
        .env('CHALLENGE_TTL_SECONDS')
        .default(300)
        .argParser(integer(1, 86_400)),
    )
    .addOption(
      new Option(
        '--settle-threshold <tokens>',
        'settle a channel when so much was delivered since the last time (default: at its close)',
      )
        .env('SETTLE_THRESHOLD')
        .argParser(tokens),
    )
    .addOption(
      new Option(
        '--session-protocol <protocol>',
        'kind of channels: the reserve (v2) or an escrow contract (v1)',
      )
        .env('SESSION_PROTOCOL')
        .choices(['v1', 'v2'])
        .default('v2'),
    )
    .addOption(
      new Option('--charge-ahead <units>', 'units of a stream that one write may charge before they are sent')
        .env('CHARGE_AHEAD')
        .default(1)
        .argParser(integer(1, 1_000_000)),
    )
    .addOption(
      new Option('--verify-interval <ms>', 'how often a running stream looks its channel up on chain')
        .env('VERIFY_INTERVAL_MS')
        .default(5_000)
        .argParser(integer(1, 3_600_000)),
    )
    .addOption(
      new Option('--watch-interval <ms>', 'how often every channel is looked up for close requests')
        .env('WATCH_INTERVAL_MS')
        .default(60_000)
        .argParser(integer(10, 3_600_000)),
    )
    .addOption(
      new Option('--keep-alive <ms>', 'silence of a stream after which a comment is sent; 0 sends none')
        .env('KEEP_ALIVE_MS')
        .default(15_000)
        .argParser(integer(0, 3_600_000)),
    )
    .addOption(
      new Option('--settle-interval <ms>', 'settle whatever was delivered this often (default: at its close)')
        .env('SETTLE_INTERVAL_MS')
        .argParser(integer(10, maxIntervalMs)),
    )
    .addOption(
      new Option('--close-idle-after <ms>', 'close channels that were not used for so long (default: never)')
        .env('CLOSE_IDLE_AFTER_MS')
        .argParser(integer(10, maxIntervalMs)),
    )
    .addOption(
      new Option('--claim-timeout <ms>', 'how long to try to close channels when the server is stopped')
        .env('CLAIM_TIMEOUT_MS')
        .default(30_000)
        .argParser(integer(0, 3_600_000)),
    )
    .addOption(
      new Option(
        '--unclaimed <file>',
        'without a data folder, where channels that could not be closed are kept for the next start',
      )
        .env('UNCLAIMED_FILE')
        .default('unclaimed-channels.jsonl'),
    )
    .addOption(
      new Option(
        '--require-close-signature',
        'refuse closes without the consent that current SDKs send (default: verify it where it is sent)',
      )
        .env('REQUIRE_CLOSE_SIGNATURE')
        .default(false),
    )
    .addHelpText('after', '\nSECRET_KEY (at least 32 bytes) binds challenges; default: a random one.')
    .action(serve)
}

async function serve(options: Options): Promise<void> {
  const secret = secretKey()
  const chain = await chainFor(options.rpcUrl)
  let opened: ChannelStore | undefined
  try {
    await serveOn(chain, options, secret, (store) => {
      opened = store
    })
  } catch (error) {
    // What could not start must not stay: its own chain would hold the process, and its port.
    await opened?.close()
    throw error
  } finally {
    await chain.close()
  }
}

async function serveOn(
  { rpc, rpcUrl }: Node,
  options: Options,
  secret: string | Uint8Array,
  onOpened: (store: ChannelStore | undefined) => void,
): Promise<void> {
  const payee = options.privateKey ?? (devAccounts[0] as KeyAccount)
  // Ask before listening: a server that cannot reach its chain cannot serve.
  const chainId = Number(await rpc.request({ method: 'eth_chainId' }))
  if (options.chainId !== undefined && options.chainId !== chainId)
    throw new CliError(`the node at ${rpcUrl} is chain ${chainId}, not ${options.chainId}`)
  const { dataDir, currency, settleThreshold, settleInterval, closeIdleAfter, sessionProtocol } = options
  const memory = dataDir === undefined ? unclaimedStore(options.unclaimed) : undefined
  const store =
    dataDir === undefined
      ? await (memory as UnclaimedStore).open()
      : await keptIn(dataDir, 'channels', lmdbStore)
  onOpened(store)
  const unwritable = memory?.unwritable()
  if (unwritable !== undefined)
    complain(`what cannot be claimed at the end could not be kept in ${options.unclaimed}: ${unwritable}`)
  const pay = payments({
    account: payee,
    chain: rpc,
    secretKey: secret,
    realm: 'localhost',
    challengeTtlSeconds: options.challengeTtl,
    requireCloseSignature: options.requireCloseSignature,
    verifyIntervalMs: options.verifyInterval,
    keepAliveMs: options.keepAlive,
    ...(currency === undefined ? {} : { currency }),
    watchIntervalMs: options.watchInterval,
    claimTimeoutMs: options.claimTimeout,
    onError: (failure) => complain(describeFailure(failure)),
    store,
    ...(settleThreshold === undefined ? {} : { settleThreshold }),
    ...(settleInterval === undefined ? {} : { settleIntervalMs: settleInterval }),
    ...(closeIdleAfter === undefined ? {} : { closeIdleAfterMs: closeIdleAfter }),
  })
  const stop = interrupted()
  const server = await listen(poemServer(pay, { sessionProtocol, chargeAhead: options.chargeAhead }), {
    port: options.port,
  })
  print(`poem ${server.url}/poem   0.001 a word, payee ${payee.address}`)
  print(`chain ${rpcUrl}`)
  print(`data ${dataDir ?? 'in memory: channels are closed when the server stops'}`)
  print(`try: npm run -s cli -- pay ${server.url}/poem --rpc-url ${rpcUrl}`)
  // From here on it is `pay` that lets go of the store.
  onOpened(undefined)
  await stop
  // Streams end with their receipts; who does not read them is cut off.
  const closed = pay.close().then(
    () => [],
    (error: unknown) => {
      if (error instanceof UnclaimedChannels) return error.channels
      throw error
    },
  )
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, graceMs).unref())])
  await server.close()
  const unclaimed = await closed
  for (const record of unclaimed)
    complain(
      `not claimed: ${Uint.toDecimal(owed(record), 6, 6)} on ${record.protocol} channel ${record.channelId}`,
    )
  if (memory !== undefined) await kept(memory, unclaimed)
  if (unclaimed.length > 0) {
    complain(`the next start claims them, from ${dataDir ?? options.unclaimed}`)
    process.exitCode = 1
  }
}

/** How often it is tried to keep what could not be claimed, in milliseconds. */
const keepAgainMs = 500

/**
 * Keeps what could not be claimed. Where its file cannot be written now, as on a full disk, the vouchers would be lost
 * with the process: it is tried again until there is room, or until the process is asked to end once more.
 */
async function kept(memory: UnclaimedStore, unclaimed: readonly ChannelRecord[]): Promise<void> {
  const stopped = new AbortController()
  void interrupted().then(() => stopped.abort())
  for (let told = false; ; ) {
    try {
      return memory.keep(unclaimed)
    } catch (error) {
      if (stopped.signal.aborted || unclaimed.length === 0) throw error
      if (!told)
        complain(`what is owed cannot be kept (${messageOf(error)}); it is tried until there is room`)
      told = true
      await wait(keepAgainMs, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }
}

/** Some of it are words of the node. */
const complain = (line: string): void => {
  process.stderr.write(`${plainLine(line)}\n`)
}

/** A chain, and how to let go of it. */
interface Node {
  rpc: Rpc
  rpcUrl: string
  close(): Promise<void>
}

async function chainFor(rpcUrl: string | undefined): Promise<Node> {
  if (rpcUrl !== undefined) return { rpc: httpRpc(rpcUrl), rpcUrl, close: async () => undefined }
  const { chain, server } = await startChain({ port: defaultRpcPort }).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return startChain({})
  })
  return { rpc: chain, rpcUrl: server.url, close: server.close }
}

/** Of one process a random key will do: a challenge need not outlive it. */
function secretKey(): string | Uint8Array {
  const given = process.env['SECRET_KEY']
  if (given === undefined) return crypto.getRandomValues(new Uint8Array(32))
  const { length } = Utf8.encode(given)
  if (length < minSecretBytes) throw new CliError(`SECRET_KEY has ${length} bytes, needs ${minSecretBytes}`)
  return given
}
