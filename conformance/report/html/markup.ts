/** HTML with every value escaped, and with what cannot be seen made visible: targets write into our reports. */
import { html as escaping } from 'hono/html'

/** A piece of a page. */
export type Html = ReturnType<typeof escaping>

/**
 * Builds markup. Texts are escaped; arrays are joined; undefined and booleans are nothing.
 *
 * ```ts
 * html`<p title="${target}">${checks.map(({ id }) => html`<b>${id}</b>`)}</p>`
 * ```
 */
export const html = (strings: TemplateStringsArray, ...values: unknown[]): Html =>
  escaping(strings, ...values.map(shown))

const shown = (value: unknown): unknown =>
  typeof value === 'string' ? visible(value) : Array.isArray(value) ? value.map(shown) : value

/** Control characters, directions and halves of characters would hide, or turn round, what stands there. */
const unseen =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

const visible = (text: string): string =>
  text.replace(unseen, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
