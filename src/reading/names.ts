/** How people and courses are called. */
import { nameOf } from './grouping.js';
import type { SeenRoster } from './limited.js';
import type { Standings } from './standings.js';
import type { CourseName, Person } from './views.js';

export class Names {
  constructor(
    private readonly roster: Pick<SeenRoster, 'users' | 'courses'>,
    private readonly standings: Standings,
  ) {}

  async people(user_ids: number[]): Promise<(user_id: number) => Person> {
    const users = await this.roster.users([...new Set(user_ids)]);
    return (user_id) => ({ user_id, name: nameOf(users.get(user_id)) });
  }

  async courses(): Promise<(course_id: number) => CourseName> {
    const courses = new Map((await this.roster.courses()).map((c) => [c.course_id, c]));
    const { standingOf } = await this.standings.look();
    return (course_id) => {
      const { shortname, fullname } = courses.get(course_id) ?? { shortname: String(course_id), fullname: '' };
      return { course_id, shortname, fullname, standing: standingOf(course_id) };
    };
  }
}
