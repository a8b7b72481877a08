/** Clients that are commands: our own `pay`, started for each errand as anybody's client is (issue 15). */
import { expect, test } from 'vitest'
import { builtMain } from '../support/built.ts'
import { cli } from '../support/cli.ts'

test('`pay` buys a stream, closes, and is gone on with where it was killed', async () => {
  const command = `'${process.execPath}' '${await builtMain()}' pay {url} --rpc-url "$RPC_URL" --max-deposit "$MAX_DEPOSIT" --private-key "$PRIVATE_KEY" --state-dir "$STATE_DIR"`
  const only = 'lifecycle,killed.process,pieces.bytes-cr,claims.overflow'
  const { code, stdout } = await cli('test', 'client', '--only', only, '--', command)
  expect(stdout).toMatch(/ 0 failed/)
  expect(stdout).not.toMatch(/blocked|warned/)
  expect(code).toBe(0)
}, 90_000)
