/**
 * `test client -- COMMAND` with commands that no client should be: each is stopped and told, and none of its processes
 * is left behind.
 */
import { randomInt, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cliIn, temporary } from '../support/cli.ts'

/** A script that starts a process which leaves its group, and goes on with an act. */
const script = (act: string) => `setsid sleep 600 >/dev/null 2>&1 &\n${act}\n`
const asking = `'${process.execPath}' -e 'const ask = () => fetch(process.env.PAYMENT_URL).then(ask, ask); for (let i = 0; i < 50; i++) ask()'`
/** Forks until it is stopped; each process starts the next one and ends. */
const forking = `next() { sleep 0.05; next & }; next; exit 3`

/** Opens connections, asks by half a request on each, and waits. */
const holding = `'${process.execPath}' -e 'const { port } = new URL(process.env.PAYMENT_URL); for (let i = 0; i < 20; i++) require("net").connect(port, "127.0.0.1").on("error", () => 0).write("GET /stream HTTP/1.1\\r\\nhost: a"); setInterval(() => 0, 1000)'`
/** A process of its own session and with nothing in its environment; `sleep` is how it can be known. */
const daemon = (sleep: string) => `env -i setsid sh -c 'setsid ${sleep} & exit 0'`

const unruly = {
  hangs: ['sleep 600', 'the client was stopped: it did not end; 1 process left behind'],
  'ignores SIGTERM': [
    `trap '' TERM; while :; do sleep 1; done`,
    'the client was stopped: it did not end, and SIGTERM did not end it',
  ],
  crashes: ['kill -SEGV $$', /the client ended with (139|a signal); \d+ process(es)? left behind/],
  forks: [forking, /the client ended with 3; \d+ process(es)? left behind/],
  'floods the server': [asking, 'the client was stopped: it asked again and again'],
  'floods its output': ['yes', 'the client was stopped: it printed too much'],
  'writes a gigabyte': ['head -c 1000000000 /dev/zero', 'the client was stopped: it printed too much'],
  'closes its output and lives on': [
    'exec >&- 2>&-; exec sleep 600',
    /the client was stopped: it did not end; \d+ process(es)? left behind/,
  ],
  'keeps connections to the server': [
    holding,
    /the client was stopped: it did not end; \d+ process(es)? left behind/,
  ],
  'forks twice, out of its session and without its environment': [
    `${daemon('SLEEP')} >/dev/null 2>&1; exit 3`,
    /the client ended with 3; \d+ processes left behind/,
  ],
  'leaves its output to such a process': [
    `${daemon('SLEEP')} & exit 3`,
    /the client ended with 3; \d+ processes left behind/,
  ],
} as const satisfies Readonly<Record<string, readonly [act: string, told: string | RegExp]>>

test.concurrent.each(Object.entries(unruly))(
  'a client that %s is stopped and told',
  async (_, [act, told]) => {
    const file = temporary('client.sh')
    // Each descendant inherits the mark, whatever group it is in; and one that shed it sleeps for a time of its own.
    const mark = randomUUID()
    const sleep = `sleep 600.${randomInt(1e9, 1e10)}`
    writeFileSync(file, script(act.replace('SLEEP', sleep)))
    // Only those that never end are waited for: the others are stopped for what they do.
    const patience = String(told).includes('did not end') ? '1' : '20'
    const words = ['test', 'client', '--only', 'need-voucher.paid', '--timeout', patience, '--', 'sh', file]
    const { code, stdout } = await cliIn({ env: { UNRULY: mark } }, ...words)
    expect(stdout).toMatch(told)
    expect(stdout).toContain('0 passed, 1 failed')
    expect(code).toBe(1)
    expect(carrying(`UNRULY=${mark}`)).toEqual([])
    expect(running(sleep)).toEqual([])
  },
)

/** Processes with a variable in their environment, as far as there is `/proc` to see them. */
const carrying = (variable: string): number[] =>
  list('/proc').filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(variable))

/** Processes that were started as this command. */
const running = (command: string): number[] =>
  list('/proc').filter((pid) => read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim() === command)

function list(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isSafeInteger)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // It ended meanwhile, or belongs to another user.
    return ''
  }
}
