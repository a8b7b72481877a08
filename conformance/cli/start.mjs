/** Starts a program of this folder from source: `node conformance/cli/start.mjs NAME …`. It is compiled first where it changed. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { builtTree, keepWhileRunning } from './built.mjs'

const folder = await builtTree()
keepWhileRunning(folder)
const main = join(folder, 'conformance/cli', `${process.argv[2]}.js`)
// The program sees the arguments that it would see if it had been started itself.
process.argv.splice(1, 2, main)
await import(pathToFileURL(main).href)
