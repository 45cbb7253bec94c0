/**
 * A page around a template of HTML. Every value in it is text and stays text: there is no way to put markup in by one.
 *
 * @example htmlPage`<p>Hello ${name}!</p>`
 */
export const htmlPage = (markup: TemplateStringsArray, ...values: readonly string[]): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><body>${String.raw({ raw: markup }, ...values.map(asText))}</body></html>\n`

const asText = (value: string): string => value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
