/** Browser, operating system, and whether a person was there at all, from what an agent says of itself. */
import Bowser from 'bowser';
import { isbot } from 'isbot';

export interface AgentFacts {
  /** `Chrome`; without its version, which nobody counts by. */
  browser: string | null;
  /** `Windows`. */
  os: string | null;
  bot: boolean;
}

/** A university's sites see some thousand agents a day; at about 300 bytes each this is 3 MB. */
const AGENTS_MAX = 10_000;

const UNKNOWN: AgentFacts = { browser: null, os: null, bot: false };

/** Reads each agent once: parsing takes some 50 µs, and the same few come all the time. The least recently met is forgotten first. */
export class Agents {
  private readonly known = new Map<string, AgentFacts>();

  constructor(private readonly agents_max = AGENTS_MAX) {}

  get size(): number {
    return this.known.size;
  }

  readonly describe = (agent: string): AgentFacts => {
    let facts = this.known.get(agent);
    if (facts !== undefined) this.known.delete(agent);
    else {
      facts = factsOf(agent);
      if (this.known.size >= this.agents_max) this.known.delete(this.known.keys().next().value!);
    }
    this.known.set(agent, facts);
    return facts;
  };
}

/** Never throws: what the libraries cannot read is unknown. */
function factsOf(agent: string): AgentFacts {
  if (agent === '') return UNKNOWN;
  try {
    const { browser, os } = Bowser.parse(agent);
    return { browser: browser.name || null, os: os.name || null, bot: isbot(agent) };
  } catch {
    return UNKNOWN;
  }
}
