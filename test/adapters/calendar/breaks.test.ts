import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readBreaks } from '../../../src/adapters/calendar/breaks.js';

const dir = mkdtempSync(join(tmpdir(), 'holdfast-breaks-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const read = (text: string) => {
  const path = join(dir, 'breaks');
  writeFileSync(path, text);
  return readBreaks(path);
};
const day = (date: string) => Date.parse(date) / 86_400_000;
const ofDays = async (text: string) => (await read(text)).map(({ from_day, to_day }) => [from_day, to_day]);

const event = (...lines: string[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//x//y//EN',
    'BEGIN:VEVENT',
    'UID:1',
    ...lines,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');

describe('teaching breaks as CSV', () => {
  it('have both ends, one day by default, and a course where one is named', async () => {
    const text = '\uFEFFFrom,To,Name,Course\r\n2026-12-21,2027-01-03,"Winter, break",\r\n2026-10-05,,Excursion,GEO101\r\n\r\n';
    expect(await read(text)).toEqual([
      { from_day: day('2026-12-21'), to_day: day('2027-01-03'), name: 'Winter, break', course: null },
      { from_day: day('2026-10-05'), to_day: day('2026-10-05'), name: 'Excursion', course: 'GEO101' },
    ]);
  });

  it('are refused with the line and what is expected there', async () => {
    await expect(read('from,to,name\n2026-02-30,,x\n')).rejects.toThrow(
      /HOLDFAST_CALENDAR: .*breaks line 2: "2026-02-30" is no date such as/,
    );
    await expect(read('begin,end\n')).rejects.toThrow(/no column from. The first line must be from,to,name/);
    await expect(read('from,to,name\n2026-12-21,2026-12-20,x\n')).rejects.toThrow(/"x" ends before it begins/);
    await expect(read('from,to,name\n2026-12-21,2062-12-20,x\n')).rejects.toThrow(/longer than 400 days/);
    await expect(readBreaks(join(dir, 'none'))).rejects.toThrow(/no such file/);
  });
});

describe('teaching breaks as an iCalendar', () => {
  it('end the day before an all-day event’s end, which is exclusive', async () => {
    const whole = event('DTSTART;VALUE=DATE:20261221', 'DTEND;VALUE=DATE:20270104', 'SUMMARY:Winter');
    expect(await read(whole)).toEqual([{ from_day: day('2026-12-21'), to_day: day('2027-01-03'), name: 'Winter', course: null }]);
    expect(await ofDays(event('DTSTART;VALUE=DATE:20261005', 'SUMMARY:One day'))).toEqual([
      [day('2026-10-05'), day('2026-10-05')],
    ]);
  });

  it('may have times, and repeat', async () => {
    const timed = event('DTSTART:20261005T080000', 'DTEND:20261006T170000', 'SUMMARY:Two days');
    expect(await ofDays(timed)).toEqual([[day('2026-10-05'), day('2026-10-06')]]);
    const yearly = event(
      'DTSTART;VALUE=DATE:20261003',
      'DTEND;VALUE=DATE:20261004',
      'RRULE:FREQ=YEARLY;COUNT=2',
      'SUMMARY:Holiday',
    );
    expect(await ofDays(yearly)).toEqual([[day('2026-10-03'), day('2026-10-03')], [day('2027-10-03'), day('2027-10-03')]]); // biome-ignore format: as a table
    expect(await read(event('DTSTART;VALUE=DATE:20261003', 'RRULE:FREQ=DAILY', 'SUMMARY:For ever'))).toHaveLength(50);
  });

  it.each(['SUMMARY;VALUE=DATE:', 'SUMMARY;VALUE=DATE:20261005'])(
    'whose name is no text (%s) are breaks all the same',
    async (name) => {
      const found = await read(event('DTSTART;VALUE=DATE:20261005', name));
      expect(found.map((found) => found.name)).toEqual(['break']);
    },
  );

  it('are refused where the file is none', async () => {
    await expect(read('BEGIN:VCALENDAR\nnonsense')).rejects.toThrow(/is no iCalendar/);
    await expect(read(event('SUMMARY:Some day'))).rejects.toThrow(/"Some day" has no begin/);
    for (const broken of ['DTSTART:2026YYXXT080000', 'DTSTART:nonsense', 'RRULE:FREQ=DAILY'])
      await expect(read(event(broken, 'SUMMARY:Some day'))).rejects.toThrow(/^HOLDFAST_CALENDAR: .*"Some day"/);
    // One of no real date comes never, and looking for it would never end.
    const far = [`FREQ=WEEKLY;INTERVAL=1${'0'.repeat(12)}`, 'FREQ=YEARLY;BYMONTH=-271821-04-20;BYDAY=1MO'];
    for (const rule of [
      'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
      'FREQ=DAILY;INTERVAL=7;BYDAY=TU',
      'FREQ=SECONDLY;BYMONTHDAY=31',
      ...far,
    ])
      await expect(read(event('DTSTART:20261005T080000', `RRULE:${rule}`, 'SUMMARY:Never'))).rejects.toThrow(
        /"Never" repeats by a rule that is not read here. Write its days one by one/,
      );
    // Nor would adding this one month after the other.
    for (const duration of [`P1${'0'.repeat(300)}D`, `PT9${'0'.repeat(400)}S`, '-P1000W', 'P1000W'])
      await expect(read(event('DTSTART:20261005T080000', `DURATION:${duration}`, 'SUMMARY:Long'))).rejects.toThrow(
        /"Long" is longer than 400 days/,
      );
    await expect(read(event('DTSTART;VALUE=DATE:02261005', 'SUMMARY:Old'))).rejects.toThrow(/"Old" begins in the year 226/);
    const rare = await ofDays(event('DTSTART;VALUE=DATE:20261005', 'RRULE:FREQ=YEARLY;INTERVAL=60', 'SUMMARY:Rare'));
    expect(rare).toEqual([[day('2026-10-05'), day('2026-10-05')], [day('2086-10-05'), day('2086-10-05')]]); // biome-ignore format: as a table
    expect(await ofDays(event('DTSTART;VALUE=DATE:20261005', 'DURATION:P2W'))).toEqual([[day('2026-10-05'), day('2026-10-18')]]);
  });
});
