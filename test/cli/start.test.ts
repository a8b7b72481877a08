import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { builtTree } from '../../conformance/cli/built.mjs'
import { cli, node } from '../support/cli.ts'

const start = resolve('conformance/cli/start.mjs')

describe('a program that is started from source', () => {
  test.each(['eyJhIjoiMSJ9', 'no header'])('does as the built one: decode %s', async (text) => {
    expect(await node(start, 'main', 'decode', text)).toEqual(await cli('decode', text))
  })

  test('runs in any folder, and keeps what it runs from', async () => {
    const child = spawn(process.execPath, [start, 'main', 'chain', '--port', '0'], {
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close')
    const mark = join(await builtTree(), 'runs', String(child.pid))
    try {
      await once(child.stdout, 'data')
      expect(existsSync(mark)).toBe(true)
    } finally {
      child.kill()
      await ended
    }
  })
})
