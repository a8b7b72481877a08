/** Figures and tables as the page shows them. */

export const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(2)
export const ratio = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(2))

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
