#!/usr/bin/env node
/** The command line: the commands of the package and those of the kit. */
import { Command, CommanderError } from 'commander'
import { registerChain } from '../../src/cli/chain.ts'
import { registerDecode } from '../../src/cli/decode.ts'
import { explain } from '../../src/cli/output.ts'
import { registerPay } from '../../src/cli/pay.ts'
import { registerServe } from '../../src/cli/serve.ts'
import { kit } from './judge.ts'
import { registerList } from './list.ts'
import { registerSelftest } from './selftest.ts'
import { registerTestServer } from './test-server.ts'
import { registerVectors } from './vectors.ts'

const program = new Command(kit.name)
  .description('Reference implementation and conformance test kit for paying over HTTP while content streams')
  .version(kit.version)
  .exitOverride()

registerChain(program)
registerServe(program)
registerPay(program)
registerDecode(program)
registerSelftest(program)
registerList(program)
registerVectors(program)
registerTestServer(program.command('test').description('judge an implementation'))

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
