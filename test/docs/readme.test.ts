/** Every command in the README is run as written, but for its ports and with the kit compiled; so is its sample of code. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../conformance/harness/process.ts'
import { builtMain } from '../support/built.ts'
import { cli, nodeIn, type Running, start } from '../support/cli.ts'

const readme = readFileSync('README.md', 'utf8')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text)
const lines = blocks('sh').flatMap((block) => block.split('\n').filter(Boolean))
const prefix = 'npm run -s cli -- '

/** What a command prints when it is ready, for those that go on. */
const goesOn: Record<string, RegExp> = { chain: /\(9\)/, serve: /try:/ }

/** A command line's words, comments and quotes removed. */
const words = (line: string) =>
  (
    line
      .slice(prefix.length)
      .replace(/ +#.*/, '')
      .match(/'[^']*'|\S+/g) ?? []
  ).map((word) => word.replace(/^'(.*)'$/, '$1'))

describe('README', () => {
  test('is short', () => expect(readme.split('\n').length).toBeLessThan(150))

  test('links lead somewhere', () => {
    const links = [...readme.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, path = '']) => path)
    for (const path of links) expect(() => readFileSync(`${path}/.`, 'utf8'), path).toThrow(/EISDIR|ENOTDIR/)
  })

  test('its first commands are the ones that CI runs', () => {
    const own = lines.filter((line) => !line.startsWith(prefix))
    expect(own).toEqual(['npm ci && npm start', 'npm ci && npm test'])
    expect(readFileSync('.ci/run', 'utf8')).toContain('README.md')
  })

  test('scripts that its text names exist; each is run by a command of CONTRIBUTING.md', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>
    }
    const contributing = readFileSync('CONTRIBUTING.md', 'utf8')
    const named = [...readme.matchAll(/`npm run ([a-z][a-z:-]+)`/g)].map(([, name = '']) => name)
    expect(named).toContain('interop:rust')
    for (const name of named) {
      expect(scripts).toHaveProperty([name])
      expect(contributing).toContain(`\`npm run ${name}\``)
    }
  })

  test('its other commands end well', async () => {
    const ports = { 8545: String(await freePort()), 3000: String(await freePort()) }
    const running: Running[] = []
    // What a command starts with a command of its own too.
    const compiled = `'${process.execPath}' '${await builtMain()}' `
    mkdirSync('.cache', { recursive: true })
    try {
      for (const line of lines.filter((line) => line.startsWith(prefix))) {
        const args = words(line).map((word) =>
          word
            .replace(/\b(8545|3000)\b/, (port) => ports[Number(port) as 8545 | 3000])
            .replace(prefix, compiled),
        )
        const ready = goesOn[args[0] ?? '']
        if (ready !== undefined) running.unshift(await start(ready, ...args))
        else {
          const { code, stderr } = await cli(...args)
          expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' })
        }
      }
    } finally {
      for (const each of running) await each[Symbol.asyncDispose]()
    }
  })

  test('its sample runs', async () => {
    const [sample = ''] = blocks('ts')
    mkdirSync('.cache', { recursive: true })
    writeFileSync('.cache/readme.mts', sample.replace("'streamed-payments'", "'../src/index.ts'"))
    const env = { SECRET_KEY: 'a secret of at least thirty-two bytes' }
    const { stdout, stderr } = await nodeIn({ env }, '--import', 'tsx', '.cache/readme.mts')
    expect({ stdout, stderr }).toEqual({
      stdout: '{"title":"The Road Not Taken"}\nTwo\nroads\ndiverged\n3000n\n',
      stderr: '',
    })
  })
})
