/** The peers: the software that the targets install, loaded from their own folders. */
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = (name: string) => fileURLToPath(new URL(`../conformance/targets/${name}/`, import.meta.url))

/** A module as a target has it. Throws when the target is not installed (`npm run targets`). */
export async function peerModule<T>(target: string, name: string): Promise<T> {
  const require = createRequire(`${folder(target)}package.json`)
  return (await import(pathToFileURL(require.resolve(name)).href)) as T
}

/** The version of a package as a target has it. */
export function peerVersion(target: string, name: string): string {
  const require = createRequire(`${folder(target)}package.json`)
  return (require(`${folder(target)}node_modules/${name}/package.json`) as { version: string }).version
}

/** The codecs of mppx, as far as they are measured. */
export interface Mppx {
  Challenge: {
    from(parameters: object): object
    serialize(challenge: object): string
    deserialize(header: string): object
    verify(challenge: object, options: { secretKey: string }): boolean
  }
  Credential: {
    from(parameters: object): object
    serialize(credential: object): string
    deserialize(header: string): { payload: unknown }
  }
  Receipt: {
    from(parameters: object): object
    serialize(receipt: object): string
    deserialize(header: string): object
  }
}
