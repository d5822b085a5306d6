/** Gender, age band and disability of the data set's students, for the fairness of an evaluation and for nothing else. */
import { eachRow } from './csv.js';

const COLUMNS = ['gender', 'age_band', 'disability'];

/** By `id_student|module/presentation`. Throws where the file has no such columns. */
export async function readPeopleGroups(dir: string): Promise<Map<string, Record<string, string>>> {
  const groups = new Map<string, Record<string, string>>();
  const keys = ['code_module', 'code_presentation', 'id_student'];
  await eachRow(dir, 'studentInfo.csv', [...keys, ...COLUMNS], ([module, presentation, student, ...values]) => {
    groups.set(
      `${student}|${module}/${presentation}`,
      Object.fromEntries(COLUMNS.map((column, c) => [column, values[c] || 'not told'])),
    );
  });
  return groups;
}
