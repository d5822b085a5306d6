/** Lists: pages, links, formats. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatFor } from '../../src/http/answer.js';
import { FORMULA_NAME, SCRIPT_NAME } from './fakes.js';
import { Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service.close());

describe('a list', () => {
  it.each(['predictions', 'courses', 'alerts', 'cases', 'early', 'models', 'tables', 'tables/notes', 'students/0/sessions'])(
    'of %s is read to its end by following the Link, item by item, without gap or repetition',
    async (path) => {
      const whole = await service.get(`/api/v1/${path}`);
      expect(whole.json.next_cursor).toBeNull();
      expect(whole.headers.link).toBeUndefined();
      const items: unknown[] = [];
      let url: string | undefined = `/api/v1/${path}?limit=1`;
      while (url) {
        const page = await service.get(url);
        expect(page.status).toBe(200);
        items.push(...page.json.items);
        const link: string | undefined = page.headers.link;
        url = /^<(.+)>; rel="next"$/.exec(link ?? '')?.[1];
        expect(url === undefined).toBe(page.json.next_cursor === null);
      }
      expect(items).toEqual(whole.json.items);
      expect(items.length).toBeGreaterThan(0);
    },
  );

  it('keeps its filters in the link to the next page', async () => {
    const { headers } = await service.get('/api/v1/predictions?limit=1&above=0.7&scored=true');
    expect(headers.link).toBe('</api/v1/predictions?limit=1&above=0.7&scored=true&cursor=c1>; rel="next"');
  });

  it('can be asked for students of a log without courses, whose numbers are 0 or negative', async () => {
    const found = await service.get('/api/v1/predictions?user=-1');
    expect(found.json.items.map((i: { user_id: number }) => i.user_id)).toEqual([-1]);
    expect((await service.get('/api/v1/students/0')).json.person.user_id).toBe(0);
    expect((await service.get('/api/v1/predictions/-1/2')).json.course_id).toBe(2);
  });

  it('takes several states with commas or by repeating', async () => {
    const both = await service.get('/api/v1/alerts?state=open,acknowledged');
    const again = await service.get('/api/v1/alerts?state=open&state=acknowledged');
    expect(both.json.items).toHaveLength(3);
    expect(again.json).toEqual(both.json);
    expect((await service.get('/api/v1/alerts?state=open')).json.items).toHaveLength(2);
  });

  it('gives names as they are in JSON: a script in a name is text to the reader', async () => {
    const { json, headers } = await service.get('/api/v1/predictions');
    const names = json.items.map((i: { person: { name: string | null } }) => i.person.name);
    expect(names).toContain(SCRIPT_NAME);
    expect(names).toContain(FORMULA_NAME);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('in CSV makes a text that begins like a formula harmless for spreadsheets, and leaves numbers alone', async () => {
    const { text } = await service.get('/api/v1/predictions', { accept: 'text/csv' });
    const lines = text.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^user_id,course_id,name,shortname,/);
    expect(lines.find((l) => l.startsWith('13,'))).toContain(`,'${FORMULA_NAME},`);
    expect(lines.find((l) => l.startsWith('-1,2,,'))).toBeDefined();
    expect(lines.find((l) => l.startsWith('12,'))).toContain('"<script>alert(""x"")</script> Doe"');
    const courses = await service.get('/api/v1/courses', { accept: 'text/csv' });
    expect(courses.text).toContain('"\'@Statistics, ""first"" part"');
  });
});

describe('a table', () => {
  it('comes whole as CSV and as NDJSON, with days as dates', async () => {
    const csv = await service.get('/api/v1/tables/notes', { accept: 'text/csv' });
    expect(csv.text).toBe(
      `user_id,day,share,closed,text,reasons\n-1,2025-11-20,0.1,true,'${FORMULA_NAME},"[{""text"":""=1+1""}]"\n` +
        '0,2025-11-21,,false,,\n7,2025-11-22,-1e-7,true,"a,""b""\nc",[]\n',
    );
    const ndjson = await service.get('/api/v1/tables/notes', { accept: 'application/x-ndjson' });
    const rows = ndjson.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toEqual((await service.get('/api/v1/tables/notes')).json.items);
    expect(rows[0]).toMatchObject({ user_id: -1, day: '2025-11-20', text: FORMULA_NAME });
  });

  it('comes by pages in every format when a limit is given', async () => {
    for (const accept of ['text/csv', 'application/x-ndjson', 'application/json']) {
      const { headers } = await service.get('/api/v1/tables/notes?limit=2', { accept });
      expect(headers.link).toBe('</api/v1/tables/notes?limit=2&cursor=c2>; rel="next"');
      expect(headers.vary).toMatch(/Accept/);
    }
  });

  it('without rows is a head line', async () => {
    const { text } = await service.get('/api/v1/tables/empty', { accept: 'text/csv' });
    expect(text).toBe('user_id,day,share,closed,text,reasons\n');
  });
});

describe('the format of an answer', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV', 'csv'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    ['text/csv;q=0.5, application/*', 'json'],
    ['application/json;q=0.1, text/csv;q=0.2', 'csv'],
    ['text/*', 'csv'],
    ['application/json;q=0, */*', 'csv'],
  ])('for Accept %p is %s', (accept, format) => {
    expect(formatFor(accept, ['json', 'csv'])).toBe(format);
  });

  it.each(['image/png', 'application/x-ndjson', '*/*;q=0', ',;q'])('for Accept %p is refused', (accept) => {
    expect(() => formatFor(accept, ['json', 'csv'])).toThrow('Possible here');
  });
});
