/** The examples of docs/mount.md on the frameworks of the guide's targets, with the dependencies of those. */
import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { install, loadTarget } from '../../conformance/harness/target.ts'
import { run } from '../support/command.ts'
import { bundledRoute, buy, example, programFolder, sold, typescriptProgram } from '../support/mount.ts'

const path = '/api/sessions/poem'
const target = (name: string) => resolve('conformance/targets', name)

beforeAll(async () => {
  for (const name of ['guide-express', 'guide-next', 'guide-workers'])
    await install(loadTarget(name), () => undefined)
})

test('Express', async () => {
  const program = typescriptProgram('Express')
  symlinkSync(target('guide-express/node_modules'), `${program.folder}/node_modules`)
  expect(await buy({ ...program, path })).toEqual(sold)
})

test('Next.js', async () => {
  const folder = programFolder('next')
  symlinkSync(target('guide-next/node_modules'), `${folder}/node_modules`)
  cpSync(target('guide-next/.env'), `${folder}/.env`)
  writeFileSync(`${folder}/package.json`, '{ "private": true, "type": "module" }\n')
  const root = JSON.stringify(resolve('.'))
  writeFileSync(`${folder}/next.config.mjs`, `export default { turbopack: { root: ${root} } }\n`)
  await bundledRoute(`${folder}/app${path}/poem.js`)
  writeFileSync(`${folder}/app${path}/route.js`, example('Next.js').replace('./poem.ts', './poem.js'))
  const next = `cd '${folder}' && NEXT_TELEMETRY_DISABLED=1 exec node_modules/.bin/next`
  await run(`${next} build`)
  const command = `${next} start --hostname 127.0.0.1 --port $PORT`
  expect(await buy({ folder, command, path })).toEqual(sold)
})

test('Workers', async () => {
  const folder = programFolder('workers')
  symlinkSync(target('guide-workers/node_modules'), `${folder}/node_modules`)
  cpSync(target('guide-workers/server.mjs'), `${folder}/server.mjs`)
  await bundledRoute(`${folder}/poem.js`)
  writeFileSync(`${folder}/worker.mjs`, example('Workers').replace('./poem.ts', './poem.js'))
  expect(await buy({ folder, command: `exec node '${folder}/server.mjs'` })).toEqual(sold)
})
