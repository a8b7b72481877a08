/** What npm would publish, unpacked beside its dependencies, works. */
import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { node, temporary } from '../support/cli.ts'

test('the packed package runs', async () => {
  const folder = dirname(temporary('package'))
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { encoding: 'utf8' })
  execFileSync('tar', ['-xzf', join(folder, packed.trim()), '-C', folder])
  symlinkSync(resolve('node_modules'), join(folder, 'package', 'node_modules'))
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const command = join(folder, 'package/dist/conformance/cli/main.js')

  expect((await node(command, '--version')).stdout.trim()).toBe(version)
  const listed = JSON.parse((await node(command, 'list', 'requirements', '--json')).stdout) as unknown[]
  expect(listed.length).toBeGreaterThan(500)
  const judged = await node(command, 'test', 'server', '--target', 'reference', '--only', 'challenge')
  expect(judged).toMatchObject({ code: 0, stderr: '' })

  const vectors = await node(command, 'vectors', 'check')
  expect(vectors.stdout).toMatch(/^[0-9]+ files, [0-9]+ cases, .*: [0-9]{4,} pass, 0 fail$/m)
  expect(vectors).toMatchObject({ code: 0, stderr: '' })
  const file = readFileSync(join(folder, 'package/dist/vectors/base64url.json'), 'utf8')
  expect(JSON.parse(file)).toMatchObject({ schema: 1, file: 'base64url' })

  const library = `import(${JSON.stringify(join(folder, 'package/dist/src/index.js'))}).then((m) => console.log(typeof m.payments))`
  expect((await node('--eval', library)).stdout.trim()).toBe('function')
})
