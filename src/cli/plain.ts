/** Text of servers on a terminal: shown, never obeyed. */
import { visible } from './decode/render.ts'

/** Text with everything a terminal would obey made visible; line breaks and tabs stay. */
export const plain = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : visible(part)))
    .join('')

/** Text in one line. */
export const plainLine = (text: string): string => plain(text).replace(/[\n\t]+/g, ' ')
