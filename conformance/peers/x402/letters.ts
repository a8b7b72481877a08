/** Names of fields as SDKs and gateways write them; the texts of x402 write capitals. */
export const letters: Readonly<Record<string, (name: string) => string>> = {
  'small letters': (name) => name.toLowerCase(),
  'capitals at the beginnings': (name) =>
    name.toLowerCase().replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase()),
  'mixed letters': (name) => [...name].map((l, i) => (i % 2 === 0 ? l.toLowerCase() : l)).join(''),
}
