import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** A row of a table: its cells, as they are written. */
export type Row = readonly string[]

/** The rows of the tables below a heading of a Markdown text, without their heads; up to the next heading. */
export function rowsBelow(markdown: string, heading: string): Row[] {
  const [, rest] = markdown.split(new RegExp(`^#+ ${heading}$`, 'm'))
  if (rest === undefined) throw new Error(`There is no heading "${heading}".`)
  const [section = ''] = rest.split(/^#+ /m)
  const tables = section.split(/\n(?!\|)/).map((part) => part.split('\n').filter((line) => line.startsWith('|')))
  return tables
    .flatMap((lines) => lines.slice(2))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

/** The names in a cell: what stands in backticks, without parentheses and what is in them. */
export function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([\w@/-]+)[^`]*`/g)].map(([, name]) => name ?? '')
}

export const apiPage = () => readFile(join(root, 'docs/api.md'), 'utf8')
