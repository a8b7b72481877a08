/** `npm run build`, after the compiler: what the compiled kit reads at run time goes beside it. */
import { cpSync } from 'node:fs'

for (const path of ['package.json', 'spec', 'vectors', 'conformance/targets'])
  cpSync(path, `dist/${path}`, {
    recursive: true,
    filter: (source) => !/node_modules|\/\.next/.test(source),
  })
