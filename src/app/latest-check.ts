/** Whether the data of the latest tick could be believed, as the store has it: for commands beside a running service. */
import type { Config } from '../config.js';
import type { DriftCheck } from '../ports.js';
import { REMEDY } from '../scoring/signs.js';
import { Calendar } from '../windows/calendar.js';
import { storeOf } from './service.js';

/** null where there is no store, or no tick in it that was looked at. */
export async function latestCheck(config: Config): Promise<DriftCheck | null> {
  const { site, time_zone } = config;
  const calendar = new Calendar(time_zone);
  const store = await storeOf(config.store, 'read', () => {});
  try {
    await store.open({ site, time_zone, day: (ms) => calendar.day(ms) }, 'read');
    return (await store.driftChecks(0)).at(-1) ?? null;
  } catch {
    return null;
  } finally {
    await store.close();
  }
}

/** One or two sentences for people. */
export function checkSentences(check: DriftCheck): string[] {
  const sentences: string[] = [];
  if (check.suspect !== null) {
    const what = check.held ? 'New alerts are held back' : 'The data of the latest scoring looks wrong, and alerts go on';
    sentences.push(`${what}: ${check.suspect} ${REMEDY}`);
  }
  if (check.training && check.training.scores > FOREIGN_PSI) {
    const { scores, inputs } = check.training;
    sentences.push(
      `This site differs from what the model learnt from (PSI of the scores ${scores}, ${Math.round(inputs * 100)} % of the inputs past 0.25). Its own finished courses would teach it better: npx holdfast retrain --from store`,
    );
  }
  return sentences;
}

/** From here on it is worth a word. */
const FOREIGN_PSI = 0.25;
