/** Every public export says what it is, and the examples of the main ones run. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { nodeIn, temporary } from '../support/cli.ts'

/** The files behind the indexes, each with the names that are public; undefined when all are. */
function publicNames(index: string, out = new Map<string, Set<string> | undefined>()) {
  const exported = /export (?:type )?(?:(\*) from|\* as \w+ from|\{([^}]*)\} from) '(\.[^']+)'/g
  for (const [, all, names, path = ''] of readFileSync(index, 'utf8').matchAll(exported)) {
    const file = normalize(join(dirname(index), path))
    if (all !== undefined) publicNames(file, out)
    else if (names === undefined) out.set(file, undefined)
    else if (!out.has(file) || out.get(file) !== undefined)
      out.set(file, new Set([...(out.get(file) ?? []), ...names.split(',').map(nameOf)]))
  }
  return out
}
const nameOf = (text: string) =>
  text
    .trim()
    .replace(/^type /, '')
    .replace(/ as .*/, '')

test.each(['src/index.ts', 'src/x402.ts', 'conformance/kit.ts', 'conformance/vectors.ts'])(
  'every export of %s has a comment',
  (index) => {
    const bare: string[] = []
    for (const [file, names] of publicNames(index)) {
      const lines = readFileSync(file, 'utf8').split('\n')
      lines.forEach((line, i) => {
        const name = /^export (?:async )?(?:const|function\*?|interface|class|type) (\w+)/.exec(line)?.[1]
        if (name === undefined || (names !== undefined && !names.has(name))) return
        if (!/\*\/$/.test(lines[i - 1] ?? '')) bare.push(`${file}:${i + 1} ${name}`)
      })
    }
    expect(bare).toEqual([])
  },
)

/** What an example takes for granted, and what shows that it did what it says. */
const surroundings: Record<string, { before: string; after?: string; prints?: string }> = {
  'src/chain/memory/chain.ts': { before: 'const [payer] = devAccounts' },
  'src/chain/faults.ts': { before: 'const chain = new MemoryChain()' },
  'src/chain/channel-contract.ts': {
    before: `const rpc = new MemoryChain()
      const channelId = \`0x\${'11'.repeat(32)}\``,
    after: 'console.log(deposit)',
    prints: '0n',
  },
  'src/contracts/voucher.ts': {
    before: `const [payer] = devAccounts
      const channelId = \`0x\${'11'.repeat(32)}\``,
    after: 'console.log(signature.length)',
    prints: '132',
  },
  'src/mpp/server/payments.ts': {
    before: `const [account] = devAccounts
      const [chain, secretKey, words] = [new MemoryChain(), 's'.repeat(32), ['Two']]`,
    after: `console.log((await poem(new Request('http://localhost/poem'))).status)
      await pay.close()`,
    prints: '402',
  },
  'src/mpp/server/store/lmdb.ts': {
    before: `const [account] = devAccounts
      const [chain, secretKey, folder] = [new MemoryChain(), 's'.repeat(32), process.argv[2]]`,
    after: 'console.log(store.durable); await pay.close()',
    prints: 'true',
  },
  'src/mpp/client/session.ts': {
    before: `const [payee, account] = devAccounts
      const chain = new MemoryChain({ funded: [payee.address, account.address] })
      const sold = payments({ account: payee, chain, secretKey: 's'.repeat(32), realm: 'r' })
      const poem = sold.stream({ amount: '0.001', unitType: 'word' }, async function* () {
        yield 'Two'
      })
      const server = await listen(poem)`,
    after: `console.log(closed.spent)
      await server.close()
      await sold.close()`,
    prints: 'Two 1000n',
  },
}

const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? sources(path) : path.endsWith('.ts') ? [path] : []
  })

test('the examples of the library run', async () => {
  const examples = sources('src').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ \* ```ts\n((?: \*.*\n)*?) \* ```$/gm)].map(
      ([, text = '']) => ({
        file,
        code: text.replace(/^ \* ?/gm, '').replaceAll("'http://localhost:3000/poem'", 'server.url'),
      }),
    ),
  )
  expect([...new Set(examples.map(({ file }) => file))].sort()).toEqual(Object.keys(surroundings).sort())
  const blocks = examples.map(({ file, code }) => {
    const { before = '', after = '' } = surroundings[file] ?? {}
    return `await (async () => {\n${before}\n${code}\n${after}\n})()\n`
  })
  const library = Object.keys(await import('../../src/index.ts'))
  const used = library.filter((name) => blocks.some((block) => new RegExp(`\\b${name}\\b`).test(block)))
  mkdirSync('.cache', { recursive: true })
  writeFileSync(
    '.cache/examples.mts',
    `import { ${used.join(', ')} } from '../src/index.ts'\n${blocks.join('')}`,
  )
  const folder = dirname(temporary('store'))
  const { stdout, stderr } = await nodeIn({}, '--import', 'tsx', '.cache/examples.mts', folder)
  const printed = examples.flatMap(({ file }) => surroundings[file]?.prints ?? [])
  expect({ stdout: stdout.trim().split('\n'), stderr }).toEqual({ stdout: printed, stderr: '' })
})
