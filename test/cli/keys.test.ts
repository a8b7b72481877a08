/** No command tells a key: each runs with accounts, and every output and file is searched for every key (issue 15). */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { createAccount } from '../../src/cli/key-files.ts'
import { cliIn, type Running, startIn, temporary } from '../support/cli.ts'

/** Everything in a folder, but for key files. */
function* filesIn(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* filesIn(path)
    else if (!name.endsWith('.key')) yield path
  }
}

/** The ways to write a key that outputs know. */
const forms = (key: string): string[] => {
  const bytes = Buffer.from(key.slice(2), 'hex')
  return [
    key.slice(2),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    BigInt(key).toString(),
  ]
}

test('no output of any command holds a key', async () => {
  const folder = dirname(temporary('x'))
  const accounts = join(folder, 'accounts')
  const roles = ['default', 'work', 'payee', 'funder', 'facilitator'] as const
  const made = await Promise.all(roles.map((name) => createAccount(accounts, name)))
  const [payer = '', work = '', payee = '', funder = '', facilitator = ''] = made.map(
    ({ privateKey }) => privateKey,
  )
  const secret = 'a secret that no output may hold, ever'
  const fileOf = (name: string) => `@${join(accounts, `${name}.key`)}`
  const env = {
    ACCOUNTS_DIR: accounts,
    STATE_DIR: join(folder, 'state'),
    PAYEE_PRIVATE_KEY: payee,
    FUNDER_PRIVATE_KEY: funder,
    FACILITATOR_PRIVATE_KEY: facilitator,
    SECRET_KEY: secret,
    UNCLAIMED_FILE: join(folder, 'unclaimed.jsonl'),
    DEBUG: '1',
  }
  const said: { command: string; text: string }[] = []
  const used = new Set<string>()
  const runIn = async (more: Readonly<Record<string, string>>, code: number, ...args: string[]) => {
    used.add(args[0] as string)
    const ended = await cliIn({ env: { ...env, ...more } }, ...args)
    expect({ args, code: ended.code, stderr: ended.stderr }).toMatchObject({ code })
    said.push({ command: args.join(' '), text: `${ended.stdout}${ended.stderr}` })
    return ended.stdout
  }
  const run = (code: number, ...args: string[]) => runIn({}, code, ...args)
  const running: { command: string; process: Running }[] = []
  const begin = async (ready: RegExp, ...args: string[]) => {
    used.add(args[0] as string)
    const process = await startIn(env, ready, ...args)
    running.unshift({ command: args.join(' '), process })
    return process.output()
  }
  const urlIn = (text: string) => /http:\/\/127\.0\.0\.1:\d+\S*/.exec(text)?.[0] as string

  try {
    const rpcUrl = urlIn(await begin(/\(9\)/, 'chain', '--port', '0'))
    const on = ['--rpc-url', rpcUrl]
    const rpc = httpRpc(rpcUrl)
    for (const { address } of made) await rpc.request({ method: 'tempo_fundAddress', params: [address] })
    const url = urlIn(await begin(/try:/, 'serve', '--port', '0', ...on, '--data-dir', join(folder, 'data')))
    await run(0, 'account', 'create', 'fresh')
    await run(2, 'account', 'create', 'fresh')
    await run(0, 'account', 'list')
    await run(0, 'account', 'fund', ...on)
    await run(0, 'pay', url, ...on)
    await run(0, 'pay', url, ...on, '--account', 'work')
    await runIn({ PAYER_PRIVATE_KEY: payer }, 0, 'pay', url, ...on)
    await run(0, 'pay', url, ...on, '--private-key', fileOf('work'))
    await run(2, 'pay', url, ...on, '--max-price', '0.0001', '--private-key', work)
    for (const act of ['list', 'close', 'recover']) await run(0, 'channels', act, ...on)
    const settling = urlIn(await begin(/chain http/, 'facilitator', '--port', '0'))
    const chat = await begin(/try:/, 'chat-server', '--port', '0', '--facilitator-url', settling)
    await run(0, 'chat', 'What is a stream?')
    // On a chain where this account has nothing.
    await run(2, 'chat', 'What is a stream?', '--url', urlIn(chat))
    const judged = join(folder, 'judged')
    await run(
      0,
      'test',
      'server',
      url,
      ...on,
      '--only',
      'challenge.402,voucher.high-s',
      '--json',
      `${judged}.json`,
      '--junit',
      `${judged}.xml`,
      '--md',
      `${judged}.md`,
      '--html',
      `${judged}.html`,
    )
    await run(
      0,
      'selftest',
      '--only',
      'accepts-high-s',
      '--json',
      join(folder, 'matrix.json'),
      '--html',
      join(folder, 'matrix.html'),
    )
    await run(
      0,
      'pairs',
      '--server',
      'reference',
      '--client',
      'reference',
      '--json',
      join(folder, 'pairs.json'),
    )
    await run(0, 'loans', 'list')
    await run(0, 'loans', 'recover')
    await run(0, 'list', 'bugs')
    await run(0, 'vectors', 'check')
    await run(0, 'decode', 'eyJhbW91bnQiOiIxMDAwIiwiY3VycmVuY3kiOiJ1c2QifQ', '--secret', secret)
    // What is wrong is not repeated, where it may be a key.
    const long = `${work}00`
    writeFileSync(join(accounts, 'broken.key'), long, { mode: 0o600 })
    await run(2, 'pay', url, ...on, '--private-key', long)
    await runIn({ PAYER_PRIVATE_KEY: long }, 2, 'channels', 'list', ...on)
    writeFileSync(join(folder, 'state', 'loans', 'broken.key'), `${long}\n`, { mode: 0o600 })
    for (const act of ['list', 'recover']) await run(2, 'loans', act)
    await runIn({ PAYEE_PRIVATE_KEY: long }, 2, 'serve', '--port', '0', ...on)
    await runIn({ FUNDER_PRIVATE_KEY: long }, 2, 'test', 'server', url, ...on)
    await runIn({ FACILITATOR_PRIVATE_KEY: long }, 2, 'facilitator', '--port', '0', ...on)
    await run(2, 'pay', url, ...on, '--account', work)
    await run(2, 'account', 'create', work.slice(2))
    await run(1, 'account', 'list')
    for (const command of ['pay', 'chat']) await runIn({ PAYER_PRIVATE_KEY: payer }, 0, command, '--help')
    const help = (await run(0, '--help')).split('Commands:')[1] ?? ''
    const commands = [...help.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name as string)
    expect(commands.filter((name) => name !== 'help' && !used.has(name))).toEqual([])
  } finally {
    for (const { process } of running) await process.stop()
  }
  said.push(...running.map(({ command, process }) => ({ command, text: process.output() })))
  for (const path of filesIn(folder)) said.push({ command: path, text: readFileSync(path, 'latin1') })
  expect(said.filter(({ command }) => /judged|matrix|data/.test(command)).length).toBeGreaterThan(6)

  const secrets = [...made.map(({ privateKey }) => privateKey).flatMap(forms), secret]
  for (const { command, text } of said)
    for (const each of secrets)
      if (text.toLowerCase().includes(each.toLowerCase()))
        expect.fail(`${command.slice(0, 60)} tells a key: ${each.slice(0, 6)}…`)
})
