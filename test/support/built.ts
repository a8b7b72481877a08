/** The command line as JavaScript, so that tests do not compile it again for every process they start. */
import { join } from 'node:path'
import { builtTree } from '../../conformance/cli/built.mjs'

/** The path of the command line's compiled main module. */
export const builtMain = async (): Promise<string> => join(await builtTree(), 'conformance/cli/main.js')
