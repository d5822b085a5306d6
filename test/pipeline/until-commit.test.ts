import { describe, expect, it } from '@jest/globals';
import { UntilCommit } from '../../src/pipeline/until-commit.js';

function counted(revision: number | null) {
  const store = { revision };
  const seen = { readings: 0, fails: false };
  const kept = new UntilCommit(store, async () => {
    seen.readings++;
    if (seen.fails) throw new Error('no store');
    return seen.readings;
  });
  return { store, seen, kept };
}

describe('a value until the next commit', () => {
  it('is read once, and again after a commit', async () => {
    const { store, kept } = counted(0);
    expect([await kept.value(), await kept.value()]).toEqual([1, 1]);
    store.revision = 1;
    expect([await kept.value(), await kept.value()]).toEqual([2, 2]);
  });

  it('is read again where a commit came in between asking and having read', async () => {
    const { store, kept } = counted(0);
    const asked = kept.value();
    store.revision = 1;
    expect([await asked, await kept.value()]).toEqual([1, 2]);
  });

  it('is read each time where other processes commit too', async () => {
    const { kept } = counted(null);
    expect([await kept.value(), await kept.value()]).toEqual([1, 2]);
  });

  it('is tried again after a reading that failed', async () => {
    const { seen, kept } = counted(0);
    seen.fails = true;
    await expect(kept.value()).rejects.toThrow('no store');
    seen.fails = false;
    expect(await kept.value()).toBe(2);
  });
});
