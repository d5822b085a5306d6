/** What a folder of models remembers: champion, challenger, and every decision with who, when and why. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ModelFolder } from '../../../src/adapters/tensorflow/model-folder.js';

const CHECKS = { parse: (text: string) => JSON.parse(text), fits: () => {} };
const ANN = { by: 'ann', why: 'tried for a term' };

let dir: string;
let now_ms: number;
let folder: ModelFolder;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-models-'));
  for (const version of ['a-1', 'a-2', 'a-3']) {
    await cp('models/registry.json', join(dir, version, 'registry.json'));
    await writeFile(join(dir, version, 'manifest.json'), JSON.stringify({ version, files: {}, reference: { edges: {} } }));
  }
  now_ms = Date.UTC(2026, 10, 1);
  folder = new ModelFolder(dir, CHECKS, undefined, () => (now_ms += 1000));
  // What a model folder holds is tested with real models; this is about what is said of them.
  jest.spyOn(folder, 'load').mockImplementation(async (version) => {
    if (version === 'a-3') throw new Error('a-3 was made for other features.');
    return { manifest: { version } } as never;
  });
});
afterEach(() => rm(dir, { recursive: true }));

const kept = async () => JSON.parse(await readFile(join(dir, 'registry.json'), 'utf8'));

describe('the registry', () => {
  it('keeps each decision with who, when, from, to and why, and only ever adds', async () => {
    await folder.promote('a-1', ANN);
    await folder.challenge('a-2', ANN);
    await folder.compared('a-1', 'a-2', { by: 'ann', why: 'a-2 is better by the rule.', figures: { verdict: 'better' } });
    const before = await folder.history();
    await folder.promote('a-2', { by: 'bob', why: 'it is better' });
    await folder.rollback({ by: 'bob', why: 'too many alerts' });
    const history = await folder.history();
    expect(history.slice(0, 3)).toEqual(before);
    expect(history.map(({ what, from, to, by }) => [what, from, to, by])).toEqual([
      ['promote', null, 'a-1', 'ann'],
      ['challenge', null, 'a-2', 'ann'],
      ['compare', 'a-1', 'a-2', 'ann'],
      ['promote', 'a-1', 'a-2', 'bob'],
      ['rollback', 'a-2', 'a-1', 'bob'],
    ]);
    expect(history[2]).toMatchObject({ why: 'a-2 is better by the rule.', figures: { verdict: 'better' } });
    expect(history.map(({ at }) => at)).toEqual(
      history.map((_, i) => new Date(Date.UTC(2026, 10, 1) + (i + 1) * 1000).toISOString()),
    );
    expect(await kept()).toMatchObject({ champion: 'a-1', challenger: null, before: [] });
  });

  it('names one challenger, which is not the champion, and takes it back', async () => {
    await folder.promote('a-1');
    await expect(folder.challenge('a-1')).rejects.toThrow(/a-1 is the champion/);
    await expect(folder.challenge('a-9')).rejects.toThrow(/There is no model a-9/);
    await expect(folder.challenge('a-3')).rejects.toThrow(/other features/);
    await folder.challenge('a-2');
    expect(await folder.names()).toEqual({ champion: 'a-1', challenger: 'a-2' });
    expect((await folder.challenger()).predictor!.manifest.version).toBe('a-2');
    await folder.challenge(null);
    expect(await folder.challenger()).toEqual({ predictor: null, why_not: null });
  });

  it('reads the file of an older version, and says what it does not find', async () => {
    await writeFile(join(dir, 'registry.json'), JSON.stringify({ champion: 'a-2', before: ['a-1'] }));
    expect(await folder.names()).toEqual({ champion: 'a-2', challenger: null });
    expect(await folder.history()).toEqual([]);
    expect(await folder.rollback()).toBe('a-1');
    await expect(folder.promote('a-3')).rejects.toThrow(/other features/);
    expect(await kept()).toMatchObject({ champion: 'a-1', history: [{ what: 'rollback' }] });
  });

  it('decides nothing twice: who scores already is not promoted again', async () => {
    await folder.promote('a-1', ANN);
    await folder.promote('a-1', ANN);
    await folder.challenge(null, ANN);
    expect(await folder.history()).toHaveLength(1);
  });

  it('leaves a model’s own folder as it is, and keeps to itself what only the program reads', async () => {
    const before = await readFile(join(dir, 'a-1', 'manifest.json'), 'utf8');
    await folder.promote('a-1', ANN);
    expect(await readFile(join(dir, 'a-1', 'manifest.json'), 'utf8')).toBe(before);
    expect((await folder.list())[0]!.manifest).toEqual({ version: 'a-1' });
  });
});
