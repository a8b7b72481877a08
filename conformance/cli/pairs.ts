/** `pairs`: every client buys from every server, on one chain; a table with the money. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { CliError, integer, print } from '../../src/cli/output.ts'
import * as Uint from '../../src/codec/uint.ts'
import { accountFromKey } from '../../src/keys/accounts.ts'
import { keccakText } from '../../src/keys/keccak.ts'
import { type Environment, ownChain } from '../harness/environment.ts'
import { type Reached, reach } from '../harness/reach.ts'
import { loadTarget, targetNames } from '../harness/target.ts'
import { newSeed } from '../kit/judge.ts'
import { type Paired, pair } from '../peers/mpp/pair.ts'
import { suiteOf } from '../suites/index.ts'
import { mustBeWritable, writeReport } from './report-file.ts'
import { self } from './self.ts'

interface Options {
  server?: string[]
  client?: string[]
  json?: string
  timeout: number
}

/** The poem that every server sells. */
const poem = { price: 1_000n, units: 58 }
const maxDeposit = '1.00'

export function registerPairs(program: Command): void {
  program
    .command('pairs')
    .description(
      'let every client buy from every server on one chain: stream, top-up, close, and who got what',
    )
    .option('--server <name...>', 'servers: reference, reference-v1, and those of conformance/targets')
    .option('--client <name...>', 'clients: reference, and those of conformance/targets')
    .option('--json <file>', 'write the table as JSON')
    .option('--timeout <seconds>', 'longest purchase', integer(1, 600), 90)
    .action(async ({ server, client, json, timeout }: Options) => {
      const servers = named('server', server ?? usual(['reference', 'mppx'], 'mpp-rs'))
      const clients = named('client', client ?? usual(['reference', 'mppx-client'], 'mpp-rs-client'))
      mustBeWritable([json])
      const rows = await pairsOf(servers, clients, timeout * 1000)
      const written = await writeReport(
        json,
        () => `${JSON.stringify({ pairs: rows.map(plain) }, null, 2)}\n`,
      )
      const ours = rows.filter((row) => row.server.startsWith('reference') && row.client === 'reference')
      const wrong =
        rows.some(({ verdict }) => verdict === 'wrong') || ours.some(({ verdict }) => verdict !== 'paid')
      process.exitCode = wrong || !written ? 1 : 0
    })
}

/** What is there without a build of its own; what needs one, when it was built. */
function usual(names: string[], built: string): string[] {
  const binaries = fileURLToPath(new URL('../../.cache/targets/mpp-rs/debug/', import.meta.url))
  const isBuilt = existsSync(`${binaries}server`) && existsSync(`${binaries}client`)
  return isBuilt && targetNames().includes(built) ? [...names, built] : names
}

/** Throws `CliError` for a name that is none. */
function named(role: string, names: readonly string[]): readonly string[] {
  const known = [
    ...Object.keys(suiteOf('mpp', role).ownTargets),
    ...targetNames().filter((name) => {
      const target = loadTarget(name)
      return target.profile === 'mpp' && target.role === role
    }),
  ]
  const stray = names.find((name) => !known.includes(name))
  if (stray !== undefined) throw new CliError(`no ${role} ${stray}; there are ${known.join(', ')}`)
  return names
}

interface Row extends Paired {
  server: string
  client: string
}

async function pairsOf(
  servers: readonly string[],
  clients: readonly string[],
  timeoutMs: number,
): Promise<Row[]> {
  const environment = await ownChain()
  const seed = newSeed()
  const rows: Row[] = []
  print(heading)
  try {
    for (const server of servers) {
      const reached = await at('server', server, environment)
      try {
        for (const client of clients) {
          const { powers, stop } = await at('client', client, environment)
          // Our own is sent as the command that users have.
          const drive = powers.drive ?? powers.command
          if (drive === undefined) throw new CliError(`${client} does no errands`)
          const payer = accountFromKey(keccakText(`pair ${seed} ${server} ${client}`))
          const { url } = reached
          const row = {
            server,
            client,
            ...(await pair({ url, drive, environment, payer, maxDeposit, timeoutMs, ...poem })),
          }
          rows.push(row)
          for (const line of linesOf(row)) print(line)
          await stop()
        }
      } finally {
        await reached.stop()
      }
    }
  } finally {
    await environment.close()
  }
  return rows
}

const at = (role: string, target: string, environment: Environment): Promise<Reached> =>
  reach(asUsed(suiteOf('mpp', role)), { target }, environment, { self, print: () => undefined })

/** Our own server as its users have it: for the server suite it is stricter with closes than SDKs know. */
function asUsed<S extends ReturnType<typeof suiteOf>>(suite: S): S {
  const own = Object.entries(suite.ownTargets).map(([name, target]) => {
    const command = target.command.replace(' --require-close-signature', '')
    return [name, { ...target, command }]
  })
  return { ...suite, ownTargets: Object.fromEntries(own) }
}

const columns = [16, 16, 7, 9, 11, 11, 11, 11] as const
const cells = (texts: readonly string[]): string =>
  `  ${texts.map((text, i) => text.padEnd(columns[i] ?? 0)).join('')}`.trimEnd()
const heading = cells([
  'server',
  'client',
  'units',
  'top-ups',
  'delivered',
  'captured',
  'refunded',
  'locked',
  'verdict',
])

function linesOf(row: Row): string[] {
  const { server, client, units, topUps, captured, refunded, locked, verdict, why } = row
  const amounts = [deliveredOf(row), captured, refunded, locked].map((amount) => Uint.toDecimal(amount))
  const line = cells([server, client, String(units), String(topUps), ...amounts, verdict])
  return why === undefined ? [line] : [line, `    ${why}`]
}

const deliveredOf = ({ units }: Row): bigint => BigInt(units) * poem.price

/** A row as JSON: amounts are decimal base units. */
function plain(row: Row) {
  const { deposited, captured, refunded, locked, fees, ...rest } = row
  const amounts = { deposited, delivered: deliveredOf(row), captured, refunded, locked, fees }
  const texts = Object.entries(amounts).map(([name, amount]) => [name, amount.toString()])
  return { ...rest, ...Object.fromEntries(texts) }
}
