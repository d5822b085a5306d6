/** What people's spreadsheets write is read, and what cannot be is refused with what to do about it. */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { LINE_LENGTH_MAX, parseCsv, readCsv } from '../../src/adapters/csv/csv-file.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const parsed = (text: string) => parseCsv('list.csv', bytes(text));

describe('a CSV file', () => {
  it.each([
    ['commas', 'a,b\n1,x\n'],
    ['semicolons', 'a;b\n1;x\n'],
    ['tabs and Windows line ends', 'a\tb\r\n1\tx\r\n'],
    ['a byte order mark', '\uFEFFa,b\n1,x'],
    ['quotes', '"a","b"\n"1","x"\n'],
    ['empty lines', 'a,b\n\n1,x\n\n'],
  ])('with %s is read', (_, text) => {
    const { header, lines } = parsed(text);
    expect(header).toEqual(['a', 'b']);
    expect(lines.map(({ fields }) => fields)).toEqual([['1', 'x']]);
  });

  it('is read from .gz and from standard input', async () => {
    const zipped = gzipSync('a,b\n1,x\n');
    expect((await readCsv('-', Readable.from([zipped.subarray(0, 5), zipped.subarray(5)]))).lines).toHaveLength(1);
  });

  it('numbers its lines as an editor does, also after empty ones and after a field of two lines', () => {
    expect(parsed('a,b\n\n1,"two\nlines"\n2,x\n').lines.map(({ line }) => line)).toEqual([3, 5]);
  });

  it.each([
    ['Latin-1', Uint8Array.from([...bytes('name\n'), 0xfc, 0x0a]), /is not UTF-8.*iconv/],
    ['UTF-16', Uint8Array.from([0xff, 0xfe, 0x61, 0]), /is UTF-16.*iconv -f UTF-16/],
    ['nothing in it', bytes('\n\n'), /is empty/],
    ['an open quote', bytes('a,b\n1,"x\n2,y\n'), /record 2: a double quote is not closed/],
    ['one column twice', bytes('a,b,A\n'), /columns 1 and 3 have one name/],
    ['a line without end', bytes(`a,b\n1,${'x'.repeat(LINE_LENGTH_MAX)}\n`), /line 2 is longer than/],
    ['a broken .gz', Uint8Array.from([0x1f, 0x8b, 1, 2]), /broken \.gz/],
  ])('with %s is refused', (_, content, message) => {
    expect(() => parseCsv('list.csv', content)).toThrow(message);
  });

  it('that is not there is refused by name', async () => {
    await expect(readCsv('no-such.csv', Readable.from([]))).rejects.toThrow(/no-such\.csv cannot be read \(ENOENT\)/);
  });
});
