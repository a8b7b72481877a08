// node .ci/complete-lock.mjs [folder]: after `npm install`, names in package-lock.json the packages for other platforms
// that the registry at hand does not offer. Without them `npm ci` refuses the lockfile.
import { readFileSync, writeFileSync } from 'node:fs'

const systems = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'aix',
  'win32',
]
const processors = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]

const file = `${process.argv[2] ?? '.'}/package-lock.json`
const lock = JSON.parse(readFileSync(file, 'utf8'))
const { packages } = lock
for (const [path, { optionalDependencies = {}, license, dev }] of Object.entries(packages)) {
  if (path === '') continue
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (packages[`node_modules/${name}`] || packages[`${path}/node_modules/${name}`]) continue
    const parts = name.split(/[-./]/)
    const cpu =
      processors.find((found) => parts.includes(found)) ?? (parts.includes('amd64') ? 'x64' : undefined)
    const os = systems.find((found) => parts.includes(found))
    if (cpu === undefined && os === undefined)
      throw new Error(`${name} of ${path} is missing, and for no platform`)
    const libc = parts.some((part) => part.startsWith('musl'))
      ? 'musl'
      : os === 'linux' && parts.some((part) => part.startsWith('gnu'))
        ? 'glibc'
        : undefined
    packages[`node_modules/${name}`] = {
      version: version.replace(/^[~^]/, ''),
      ...(cpu && { cpu: [cpu] }),
      ...(dev && { dev }),
      ...(libc && { libc: [libc] }),
      ...(license && { license }),
      optional: true,
      ...(os && { os: [os] }),
    }
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
