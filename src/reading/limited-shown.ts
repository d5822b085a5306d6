/** What one viewer is shown. Their early list has the ranks of the whole course: a place on it is not given for being seen. */
import { maySee, type Viewer } from '../access/viewer.js';
import type { Early } from '../domain.js';
import { Shown } from './shown.js';

export class LimitedShown extends Shown {
  constructor(
    private readonly viewer: Viewer,
    private readonly everybody: Pick<Shown, 'early'>,
    ...rest: ConstructorParameters<typeof Shown>
  ) {
    super(...rest);
  }

  override async early(course_id?: number): Promise<Early[]> {
    return (await this.everybody.early(course_id)).filter((row) => maySee(this.viewer, row));
  }
}
