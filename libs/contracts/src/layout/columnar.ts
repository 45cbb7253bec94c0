import { literal, type Program } from './program.js'
import { readColumn } from './read-columns.js'
import type { ListShape } from './schema-shape.js'
import { writeColumn } from './write-columns.js'

/**
 * Adds a function that turns a list into a columnar block, or back: `[text, length, column]`. `text` is every string
 * of the block joined: one long string is read many times faster than as many short ones. Columns by what they hold:
 * - integers, numbers, booleans: the plain array; large integers that lie together, as times do, as
 *   `[nil, first, difference, difference, …]`: five bytes each instead of nine;
 * - strings: `[offset, length, length, …]`, UTF-16 units of `text`; by its offset a column is found by readers that
 *   don't know the columns in front of it or behind;
 * - records: `[column, column, …]`, one a field;
 * - lists: `[lengths, column of all their items]`;
 * - optional or nullable values: `[marks, column of those present]`; marks are nil where all are present, otherwise
 *   one each: 0 present, 1 null, 2 absent.
 */
export const block = (program: Program, shape: ListShape): string =>
  program.direction === 'write'
    ? program.define(
        'rows',
        `list(rows, ${literal(shape.path)})`,
        "const out = { text: '' }",
        `const column = ${writeColumn(program, shape.items, 'rows')}`,
        'return [out.text, rows.length, column]',
      )
    : program.define(
        'w',
        `const n = rowsIn(w, ${literal(shape.path)}), text = w[0]`,
        `return ${readColumn(program, shape.items, 'w[2]', 'n')}`,
      )
