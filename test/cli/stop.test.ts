/** Commands that listen are stopped in order as soon as they say where. */
import { expect, test } from 'vitest'
import { start } from '../support/cli.ts'

test.each([
  ['chain', /^chain 42431 at/, ['--port', '0']],
  ['serve', /^poem http/, ['--port', '0']],
  ['facilitator', /^facilitator http/, ['--port', '0']],
  ['chat-server', /^chat http/, ['--port', '0']],
])('%s ends with 0 at its first line', async (command, first, args) => {
  const running = await start(first, command, ...args)
  expect(await running.stop()).toBe(0)
})
