#!/usr/bin/env node
/** The command line: the commands of the package and those of the kit. */
import { Command, CommanderError } from 'commander'
import { isNoRoom, lostOutput } from '../../src/cli/lost-output.ts'
import { explain } from '../../src/cli/output.ts'
import { kit } from '../kit/about.ts'

/** Every command and how to register it. Only the one that is asked for is loaded: `chain` starts without the kit. */
const commands: Record<string, (program: Command) => Promise<void>> = {
  chain: async (to) => (await import('../../src/cli/chain.ts')).registerChain(to),
  serve: async (to) => (await import('../../src/cli/serve.ts')).registerServe(to),
  account: async (to) => (await import('../../src/cli/account.ts')).registerAccount(to),
  pay: async (to) => (await import('../../src/cli/pay.ts')).registerPay(to),
  channels: async (to) => (await import('../../src/cli/channels.ts')).registerChannels(to),
  facilitator: async (to) => (await import('../../src/cli/facilitator.ts')).registerFacilitator(to),
  'chat-server': async (to) => (await import('../../src/cli/chat-server.ts')).registerChatServer(to),
  chat: async (to) => (await import('../../src/cli/chat.ts')).registerChat(to),
  decode: async (to) => (await import('../../src/cli/decode.ts')).registerDecode(to),
  vectors: async (to) => (await import('./vectors.ts')).registerVectors(to),
  selftest: async (to) => (await import('./selftest.ts')).registerSelftest(to),
  list: async (to) => (await import('./list.ts')).registerList(to),
  loans: async (to) => (await import('./loans.ts')).registerLoans(to),
  pairs: async (to) => (await import('./pairs.ts')).registerPairs(to),
  test: async (to) => (await import('./test.ts')).registerTest(to),
}

const asked = process.argv[2] ?? ''
const lost = lostOutput(['chain', 'serve', 'facilitator', 'chat-server'].includes(asked))
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (!isNoRoom(error)) throw error
  lost(error)
})
// Who reads no further, as in `| head`, is no failure; `pay` has its channel to close first.
if (asked !== 'pay')
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isNoRoom(error)) return lost(error)
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })

const program = new Command(kit.name)
  .description('Reference implementation and conformance test kit for paying over HTTP while content streams')
  .version(kit.version)
  .exitOverride()

// Help and misspelt names speak of all of them.
const wanted = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands)
for (const name of wanted) await commands[name]?.(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = 2
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) process.exitCode = 0
  } else {
    const line = explain(error)
    process.stderr.write(`error: ${line ?? unexpected(error)}\n`)
  }
}

/** A bug of ours: one line, the rest on request. */
function unexpected(error: unknown): string {
  if (process.env['DEBUG'] !== undefined && error instanceof Error) return error.stack ?? error.message
  return `${error instanceof Error ? error.message : String(error)} (a bug in this kit; run again with DEBUG=1 and report it)`
}
