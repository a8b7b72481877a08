/**
 * `test client -- COMMAND` with commands that no client should be: each is stopped and told, and none of its processes
 * is left behind.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cliIn, temporary } from '../support/cli.ts'

/** A script that starts a process which leaves its group, and goes on with an act. */
const script = (act: string) => `setsid sleep 600 >/dev/null 2>&1 &\n${act}\n`
const asking = `'${process.execPath}' -e 'const ask = () => fetch(process.env.PAYMENT_URL).then(ask, ask); for (let i = 0; i < 50; i++) ask()'`
/** Forks until it is stopped; each process starts the next one and ends. */
const forking = `next() { sleep 0.05; next & }; next; exit 3`

const unruly = {
  hangs: ['sleep 600', 'the client was stopped: it did not end; 1 process left behind'],
  'ignores SIGTERM': [
    `trap '' TERM; while :; do sleep 1; done`,
    'the client was stopped: it did not end, and SIGTERM did not end it',
  ],
  crashes: ['kill -SEGV $$', /the client ended with (139|a signal); \d+ process(es)? left behind/],
  forks: [forking, /the client ended with 3; \d+ processes left behind/],
  'floods the server': [asking, 'the client was stopped: it asked again and again'],
  'floods its output': ['yes', 'the client was stopped: it printed too much'],
} as const satisfies Readonly<Record<string, readonly [act: string, told: string | RegExp]>>

test.concurrent.each(Object.entries(unruly))(
  'a client that %s is stopped and told',
  async (_, [act, told]) => {
    const file = temporary('client.sh')
    writeFileSync(file, script(act))
    // Each descendant inherits it, whatever group it is in.
    const mark = randomUUID()
    // Only those that never end are waited for: the others are stopped for what they do.
    const patience = String(told).includes('did not end') ? '1' : '20'
    const words = ['test', 'client', '--only', 'need-voucher.paid', '--timeout', patience, '--', 'sh', file]
    const { code, stdout } = await cliIn({ env: { UNRULY: mark } }, ...words)
    expect(stdout).toMatch(told)
    expect(stdout).toContain('0 passed, 1 failed')
    expect(code).toBe(1)
    expect(carrying(`UNRULY=${mark}`)).toEqual([])
  },
)

/** Processes with a variable in their environment, as far as there is `/proc` to see them. */
const carrying = (variable: string): number[] =>
  list('/proc').filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(variable))

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
