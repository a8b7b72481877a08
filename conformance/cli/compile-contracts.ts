/** `npm run contracts`: compiles src/chain/solidity/*.sol into artifacts.generated.ts; `--check` fails when they differ. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import solc from 'solc'
import { print } from '../../src/cli/output.ts'

/** Source file -> the contract in it that is installed somewhere. */
const wanted = { Reserve: 'reserve', Escrow: 'escrow', AuthorizedToken: 'authorizedToken' } as const

const folder = fileURLToPath(new URL('../../src/chain/solidity/', import.meta.url))
const names = readdirSync(folder).filter((name) => name.endsWith('.sol'))
const sources = Object.fromEntries(
  names.map((name) => [name, { content: readFileSync(folder + name, 'utf8') }]),
)

interface Output {
  errors?: { severity: string; errorCode: string; formattedMessage: string }[]
  contracts: Record<string, Record<string, { abi: unknown; evm: { deployedBytecode: { object: string } } }>>
}
const input = {
  language: 'Solidity',
  sources,
  settings: {
    optimizer: { enabled: true, runs: 200 },
    viaIR: true,
    evmVersion: 'cancun',
    // No hash of the sources' comments at the end of the code: it changes when the code changes.
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    outputSelection: { '*': { '*': ['abi', 'evm.deployedBytecode.object'] } },
  },
}
const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output
// 2394: transient storage deserves thought. It had it: TIP-1034 wants an id to stay taken for the whole transaction.
for (const { severity, errorCode, formattedMessage } of output.errors ?? []) {
  if (errorCode === '2394') continue
  print(formattedMessage)
  if (severity === 'error') process.exitCode = 1
}

if (process.exitCode === undefined) {
  const entries = Object.entries(wanted).map(([contract, key]) => {
    const compiled = output.contracts[`${contract}.sol`]?.[contract]
    if (compiled === undefined) throw new TypeError(`no contract ${contract} in ${contract}.sol`)
    const { abi, evm } = compiled
    return `  ${key}: {\n    abi: ${JSON.stringify(abi)},\n    code: '0x${evm.deployedBytecode.object}',\n  },\n`
  })
  const text = [
    `/** Compiled by solc ${solc.version().split('+')[0]} from the contracts beside this file. Written by npm run contracts. */`,
    "import type { Hex } from '../../codec/hex.ts'",
    '',
    '/** ABI and run-time code of a contract. */',
    'export interface Artifact {\n  abi: readonly unknown[]\n  code: Hex\n}',
    '',
    `export const artifacts: Record<${Object.values(wanted)
      .map((key) => `'${key}'`)
      .join(' | ')}, Artifact> = {`,
    `${entries.join('')}}\n`,
  ].join('\n')
  const file = `${folder}artifacts.generated.ts`
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    print('src/chain/solidity/artifacts.generated.ts is not what the sources say; run npm run contracts')
    process.exitCode = 1
  }
}
