/** `npm run build`, after the compiler: what the compiled kit reads at run time goes beside it. */
import { cpSync } from 'node:fs'

// Nothing of an older build, and nothing that was installed or built for a target here.
for (const path of ['package.json', 'spec', 'vectors', 'conformance/targets'])
  cpSync(path, `dist/${path}`, {
    recursive: true,
    filter: (source) => !/\/(?:node_modules|\.next|target|\.cache)(?:\/|$)/.test(source),
  })
